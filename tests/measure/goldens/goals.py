"""What a part must reach in the end, and whether a measurement reached it.

A goal names the rows of a ladder that it needs; the others say nothing about it. Where the
measurement takes too long for a ladder it is an experiment's, and the goal is judged by what is
recorded. A part adds its own to GOALS and RECORDED.
"""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure.drawing.table import Table
from measure.goldens import experiments
from measure.problem import Problem
from kernel.measured.programs import load_segments, memory_bytes

Rows = dict[str, dict]  # by step number, and "floor": what ladder.rows_of() makes
MIB = 2**20
PAGE_SIZE = 4096


@dataclass(frozen=True, kw_only=True)
class Limit:
    part: str
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


def _times(before: str, after: str) -> Callable[[Rows, Path], float]:
    return lambda rows, _: rows[before]["seconds"] / rows[after]["seconds"]


def _beyond_pages(step: str) -> Callable[[Rows, Path], float]:
    def beyond(rows: Rows, program: Path) -> float:
        held = rows[step]["counters"]["page.peak"] * PAGE_SIZE
        return (held - memory_bytes(load_segments(program))) / MIB

    return beyond


GOALS = [
    *(Goal(part="kernel", workload=on, what="110 against the floor", needs=("110", "floor"),
           measured=_times("110", "floor"), limit=limit, unit="×")
      for on, limit in (("bun", 1.5), ("elf-24m", 2.0))),
    Goal(part="kernel", workload="bun", what="memory at 110 beyond the program's pages",
         needs=("110",), measured=_beyond_pages("110"), limit=1, unit="MiB"),
]


def _peer(group: str, name: str) -> Callable[[dict], float]:
    """× our time."""
    return lambda found: found[group][name]["ratio"]["median"]


def _ours_by(group: str, name: str) -> Callable[[dict], float]:
    return lambda found: 1 / _peer(group, name)(found)


def _cloned(filesystem: str, counter: str) -> Callable[[dict], float]:
    return lambda found: found[f"copy-{filesystem}"]["500m"]["counters"][counter]


RECORDED = [
    Recorded(part="stdio", experiment="matrix", what="worst cell, against the best peer",
             measured=lambda found: found["worst"]["times_best"], limit=1.03, unit="×"),
    *(Recorded(part="stdio", experiment="peers", what=f"copy on {on}: 500 MB against 64 MB",
               measured=lambda found, on=on: found[f"copy-{on}"]["times_as_long"], limit=1.25,
               unit="×") for on in ("xfs", "btrfs")),
    *(Recorded(part="stdio", experiment="peers", what=f"copy on {on}: bytes that are copied",
               measured=_cloned(on, "copied.bytes"), limit=0, unit="bytes")
      for on in ("xfs", "btrfs")),
    Recorded(part="stdio", experiment="peers", what="tokens of 50 files against fgetc",
             measured=_peer("tokens", "fgetc"), limit=2, unit="×", at_least=True),
    Recorded(part="stdio", experiment="peers", what="tokens of 50 files against memory",
             measured=_ours_by("tokens", "memory"), limit=1.1, unit="×"),
    Recorded(part="stdio", experiment="limit", what="held, of 100,000 files staged in turn",
             measured=lambda found: found["of_limit"], limit=1, unit="× the limit"),
]


def judged(part: str, workload: str, rows: list[dict], read: Path) -> list[dict]:
    """Each goal of the part and workload whose rows were measured; then those that are recorded."""
    by_number = {row["step"].split("-")[0]: row for row in rows}
    mine = [g for g in GOALS if (g.part, g.workload) == (part, workload)]
    return [*(g.said(g.measured(by_number, read)) for g in mine
              if by_number.keys() >= set(g.needs)), *recorded(part)]


def recorded(part: str) -> list[dict]:
    """Goals that experiments judge, but for what has not been measured."""
    found = []
    for goal in (g for g in RECORDED if g.part == part):
        with contextlib.suppress(Problem, KeyError):
            value = goal.measured(experiments.load(part, goal.experiment))
            found.append(goal.said(value) | {"goal": f"{goal.what} (recorded)"})
    return found


def table(found: list[dict]) -> Table:
    headings = ("must reach", "wanted", "measured", "")
    return Table(headings, frozenset(("must reach", "wanted", "")), [
        [g["goal"], g["wanted"], f"{g['measured']:,.4g} {g['unit']}",
         "reached" if g["reached"] else "missed"] for g in found])
