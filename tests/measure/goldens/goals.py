"""What a part must reach in the end, and whether a measurement reached it.

A goal names the rows of a ladder that it needs; the others say nothing about it. Where the
measurement takes too long for a ladder it is an experiment's, and the goal is judged by what is
recorded. A part lists its own: MeasuredPart.goals().
"""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure import parts
from measure.drawing.table import Table
from measure.goldens import experiments
from measure.problem import Problem

Rows = dict[str, dict]  # by step number, and "floor": what ladder.rows_of() makes


@dataclass(frozen=True, kw_only=True)
class Limit:
    what: str
    limit: float
    unit: str
    at_least: bool = False  # else: at most

    def reached(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    @property
    def wanted(self) -> str:
        return f"at {'least' if self.at_least else 'most'} {self.limit:,g} {self.unit}"

    def said(self, value: float) -> dict:
        return {"goal": self.what, "wanted": self.wanted, "measured": round(value, 4),
                "unit": self.unit, "reached": self.reached(value)}


@dataclass(frozen=True, kw_only=True)
class Goal(Limit):
    workload: str
    needs: tuple[str, ...]
    measured: Callable[[Rows, Path], float]  # of the rows and the input


@dataclass(frozen=True, kw_only=True)
class Recorded(Limit):
    """Judged by what an experiment found, when it was recorded."""
    experiment: str
    measured: Callable[[dict], float]  # KeyError where it was not measured


def judged(part: str, workload: str, rows: list[dict], read: Path) -> list[dict]:
    """Each goal of the part and workload whose rows were measured; then those that are recorded."""
    by_number = {row["step"].split("-")[0]: row for row in rows}
    mine = [g for g in parts.of(part).goals() if isinstance(g, Goal) and g.workload == workload]
    return [*(g.said(g.measured(by_number, read)) for g in mine
              if by_number.keys() >= set(g.needs)), *recorded(part)]


def recorded(part: str) -> list[dict]:
    """Goals that experiments judge, but for what has not been measured."""
    found = []
    for goal in (g for g in parts.of(part).goals() if isinstance(g, Recorded)):
        with contextlib.suppress(Problem, KeyError):
            value = goal.measured(experiments.load(part, goal.experiment))
            found.append(goal.said(value) | {"goal": f"{goal.what} (recorded)"})
    return found


def table(found: list[dict]) -> Table:
    headings = ("must reach", "wanted", "measured", "")
    return Table(headings, frozenset(("must reach", "wanted", "")), [
        [g["goal"], g["wanted"], f"{g['measured']:,.4g} {g['unit']}",
         "reached" if g["reached"] else "missed"] for g in found])
