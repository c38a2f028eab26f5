"""Run a program of a hosted part once, and read what it says.

The program writes its counters to the file that $COUNTERS names, `name value` a line; a name
that ends in .ns is a time and no counter, and run.ns is the time of its work alone. Its
environment is made here: a variable of who measures must not change what is measured.
"""
from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure.machine import process
from measure.problem import Problem

LIMIT_SECONDS = 120
TIME = "run.ns"
FIGURE = re.compile(r"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+) (\d+)")


@dataclass
class Run:
    seconds: float
    counters: dict[str, int]
    output: str

    def doubt(self, first: Run) -> str:
        """All were timed by the clock of the same machine."""
        return ""


def run(command: Sequence[str | Path], *, cwd: Path, limit_seconds: float = LIMIT_SECONDS) -> Run:
    """Run it to its end; Problem unless it ends well and says how long it took."""
    what = " ".join([Path(command[0]).name, *map(str, command[1:])])
    with tempfile.TemporaryDirectory(prefix="counters-") as scratch:
        to = Path(scratch) / "counters"
        done = process.run(command, cwd=cwd, limit_seconds=limit_seconds, env=environment(to))
        if done.returncode:
            words = done.stderr.strip().splitlines()
            raise Problem(f"{what}: it {ended(done.returncode)}{f': {words[-1]}' if words else ''}")
        figures = read_figures(to, what)
    if TIME not in figures:
        raise Problem(f"{what}: it ended well but never said {TIME}")
    counters = {k: v for k, v in sorted(figures.items()) if not k.endswith(".ns")}
    return Run(figures[TIME] / 1e9, counters, done.stdout)


def of_living(read: Callable[[], dict[str, int]], work: Callable[[], str],
              marks: Collection[str] = ()) -> Run:
    """A run as the difference of two readings of a process that lives on: a mount, a server.

    read: its counters as they stand; what reading counts itself is in each run alike
    work: does what is measured, and returns what came of it; its time is the run's
    marks: counters that are high-water marks, of which there is no difference: the last one counts
    """
    before = read()
    began = time.monotonic()
    output = work()
    seconds = time.monotonic() - began
    after = read()
    if back := [name for name, n in before.items() if after.get(name, -1) < n]:
        raise Problem(f"{back[0]} was {before[back[0]]:,}, then {after.get(back[0], 'gone')}: "
                      "it is not the same process any more")
    return Run(seconds, {name: n if name in marks else n - before.get(name, 0)
                         for name, n in sorted(after.items()) if not name.endswith(".ns")}, output)


def environment(counters: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C",
            "COUNTERS": str(counters)}


def ended(status: int) -> str:
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def read_figures(path: Path, what: str) -> dict[str, int]:
    """`name value` lines; what is declared in several files is added up."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        raise Problem(f"{what}: it ended well but wrote no counters to $COUNTERS") from None
    figures: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not (m := FIGURE.fullmatch(line)):
            raise Problem(f"{what}: line {number} of its counters is no `name value`: {line!r}")
        figures[m[1]] = figures.get(m[1], 0) + int(m[2])
    return figures


def same_code(a: Path, b: Path) -> bool:
    """Whether two programs are the same but for debug information and the build's own mark."""
    return _bare(a) == _bare(b)


def _bare(program: Path) -> bytes:
    with tempfile.TemporaryDirectory(prefix="code-") as scratch:
        to = Path(scratch) / "bare"
        done = process.run(["objcopy", "--strip-all", "--remove-section=.note.gnu.build-id",
                            program, to])
        if done.returncode:
            raise Problem(f"objcopy {program}: {done.stderr.strip()}")
        return to.read_bytes()
