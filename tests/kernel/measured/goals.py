"""What the kernel must reach in the end."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from measure.goldens.goals import Goal, Rows
from kernel.measured.programs import PAGE, load_segments, memory_bytes

MIB = 2**20


def _times(before: str, after: str) -> Callable[[Rows, Path], float]:
    return lambda rows, _: rows[before]["seconds"] / rows[after]["seconds"]


def _beyond_pages(step: str) -> Callable[[Rows, Path], float]:
    def beyond(rows: Rows, program: Path) -> float:
        held = rows[step]["counters"]["page.peak"] * PAGE
        return (held - memory_bytes(load_segments(program))) / MIB

    return beyond


GOALS = [
    *(Goal(workload=on, what="110 against the floor", needs=("110", "floor"),
           measured=_times("110", "floor"), limit=limit, unit="×")
      for on, limit in (("bun", 1.5), ("elf-24m", 2.0))),
    Goal(workload="bun", what="memory at 110 beyond the program's pages",
         needs=("110",), measured=_beyond_pages("110"), limit=1, unit="MiB"),
]
