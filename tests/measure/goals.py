"""What a part must reach in the end, and whether a measurement reached it.

A goal names the rows of a ladder that it needs; the others say nothing about it. A part
adds its own to GOALS.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure.programs import load_segments, memory_bytes
from measure.table import Table

Rows = dict[str, dict]  # by step number, and "floor": what ladder.rows_of() makes
MIB = 2**20
PAGE_SIZE = 4096


@dataclass(frozen=True)
class Goal:
    part: str
    workload: str
    what: str
    needs: tuple[str, ...]
    measured: Callable[[Rows, Path], float]  # of the rows and the input
    limit: float
    unit: str
    at_least: bool = False  # else: at most

    def reached(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    @property
    def wanted(self) -> str:
        return f"at {'least' if self.at_least else 'most'} {self.limit:,g} {self.unit}"


def _times(before: str, after: str) -> Callable[[Rows, Path], float]:
    return lambda rows, _: rows[before]["seconds"] / rows[after]["seconds"]


def _beyond_pages(step: str) -> Callable[[Rows, Path], float]:
    def beyond(rows: Rows, program: Path) -> float:
        held = rows[step]["counters"]["page.peak"] * PAGE_SIZE
        return (held - memory_bytes(load_segments(program))) / MIB

    return beyond


GOALS = [
    Goal("kernel", "bun", "110 against 100", ("100", "110"), _times("100", "110"), 1000, "×",
         at_least=True),
    Goal("kernel", "bun", "110 against the floor", ("110", "floor"), _times("110", "floor"), 1.5,
         "×"),
    Goal("kernel", "bun", "memory at 110 beyond the program's pages", ("110",),
         _beyond_pages("110"), 1, "MiB"),
]


def judged(part: str, workload: str, rows: list[dict], read: Path) -> list[dict]:
    """Each goal of the part and workload whose rows were measured."""
    by_number = {row["step"].split("-")[0]: row for row in rows}
    found = []
    for goal in GOALS:
        mine = (goal.part, goal.workload) == (part, workload)
        if not mine or not by_number.keys() >= set(goal.needs):
            continue
        value = goal.measured(by_number, read)
        found.append({"goal": goal.what, "wanted": goal.wanted, "measured": round(value, 4),
                      "unit": goal.unit, "reached": goal.reached(value)})
    return found


def table(found: list[dict]) -> Table:
    headings = ("must reach", "wanted", "measured", "")
    return Table(headings, frozenset(("must reach", "wanted", "")), [
        [g["goal"], g["wanted"], f"{g['measured']:,.4g} {g['unit']}",
         "reached" if g["reached"] else "missed"] for g in found])
