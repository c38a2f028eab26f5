"""Whether memory stays under the limit when far more than fits into it is staged.

The test program `limits` stages a hundred thousand files in turn while others stay open, then as
many in one set, and looks after each at what the library says is held. The kernel is the outsider:
it says what the process ever had in memory, all in all.
"""
from __future__ import annotations

import re
import tempfile
from pathlib import Path

from measure import build, steps
from measure.contests import kept
from measure.goldens.experiments import Tell
from measure.machine import hosted, process
from measure.problem import Problem

STEP = 411
TURNS, OPEN = 100_000, 150  # in all, and at a time
FILES, FILE_BYTES = 200, 16 * 1024
LIMIT_BYTES = 16 * 2**20
SAID = re.compile(r"most (\d+)\npeak (\d+)\n")


def measure(tell: Tell, budget_seconds: float) -> dict:
    last = steps.all_steps(part="stdio")[-1:]
    if not last or last[0].number < STEP:
        return {"not": f"there is no step {STEP} yet"}
    tell(f"Building {last[0]}")
    program = build.of_step(f"build/{last[0].number}/limits", last[0]) / "limits"
    tell(f"Staging {TURNS:,} files in turn")
    kept.INPUTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.INPUTS, prefix=".limit-") as scratch:
        most, peak = staged(program, Path(scratch))
    return {"step": last[0].id, "files": TURNS, "files_bytes": TURNS * FILE_BYTES,
            "limit_bytes": LIMIT_BYTES, "most_bytes": most, "of_limit": round(most / LIMIT_BYTES, 4),
            "process_bytes": peak}


def staged(program: Path, folder: Path) -> tuple[int, int]:
    """The most that was held, and that the process had."""
    names = [f"file{n:03}" for n in range(FILES)]
    for name in names:
        (folder / name).write_bytes(f"{name}\n".encode() * (FILE_BYTES // 8))
    done = process.run([program, "prefetch", str(LIMIT_BYTES), str(TURNS), str(OPEN), *names],
                       cwd=folder, env=hosted.environment(folder / "counters"))
    if done.returncode or not (said := SAID.fullmatch(done.stdout)):
        raise Problem(f"limits {hosted.ended(done.returncode)}: {done.stderr.strip()}")
    return int(said[1]), int(said[2])
