"""The document's benchmark table, measured: five expected factors, warm and cold.

Each row is what the document calls traditional (step 400) against the steps that stand for
what it proposes, and LAST, which is told nothing and chooses for itself: what a reader really
gets. Copies also on file systems that share blocks. A step that is not there yet is left out.
"""
from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from measure import steps
from measure.contests import pairs
from measure.contests.contest import Contest
from measure.contests.pairs import Interval
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.machine import mounts
from stdio.measured import inputs as stdio_inputs, part as stdio_part
from stdio.measured.inputs import Files
from stdio.measured.part import StageSubject

FIRST, LAST = 400, 413
MISSING = "there is no such step yet"
OWN = "own"  # the file system that the project lies on
LEAST_ROUNDS, MOST_ROUNDS = 4, 20


@dataclass(frozen=True)
class Row:
    """One line of the document's table."""
    name: str
    says: str
    claimed: float
    workload: str
    steps: tuple[tuple[int, tuple[str, ...]], ...]  # with their options; told nothing: adaptive
    filesystems: tuple[str, ...] = (OWN,)


PREFETCH, MMAP, VIEW, SET = ("--mode", "prefetch"), ("--mode", "mmap"), "--view", "--set"
TRADITIONAL = ("--mode", "none")
ROWS = (
    Row("sequential", "Read 100 MB sequentially", 2.5, "seq-100m",
        ((402, PREFETCH), (401, MMAP), (401, (*MMAP, VIEW)), (LAST, ()), (LAST, (VIEW,)))),
    Row("random", "Random read 1000x from 1 GB", 10, "random-1g",
        ((401, MMAP), (401, (*MMAP, VIEW)), (LAST, ()), (LAST, (VIEW,)))),
    Row("copy", "Copy 500 MB file", 5.3, "copy-500m", ((406, ()), (LAST, ())),
        (OWN, "xfs", "btrfs")),
    Row("small", "Open + read 100 small files", 4, "small-100",
        ((402, PREFETCH), (404, (*PREFETCH, SET)), (LAST, ()), (LAST, (SET,)))),
    Row("tokens", "Compiler: parse 50 source files", 4, "tokens-headers",
        ((402, PREFETCH), (404, PREFETCH), (LAST, ()))),
)


def measure(tell: Tell, budget_seconds: float) -> dict:
    end = time.monotonic() + budget_seconds
    waiting = [(row, filesystem, cache) for row in ROWS for filesystem in row.filesystems
               for cache in ("warm", "cold")]
    found: dict = {row.name: {"says": row.says, "claimed": row.claimed} for row in ROWS}
    while waiting:
        row, filesystem, cache = waiting.pop(0)
        share = max(0, end - time.monotonic()) / (len(waiting) + 1)
        where = {OWN: ""}.get(filesystem, f", {filesystem}")
        key = cache if filesystem == OWN else f"{filesystem}-{cache}"
        found[row.name][key] = measured(
            row, filesystem, cache, lambda text: tell(f"{row.says}{where}, {cache}: {text}"), share)
    return found


def measured(row: Row, filesystem: str, cache: str, tell: Tell, budget_seconds: float) -> dict:
    """Of each step: its time and the factor. Or under "not", why there is nothing."""
    there = [(number, options) for number, options in row.steps if number in known_steps()]
    missing = {str(n): MISSING for n, _ in row.steps if n not in known_steps()}
    if not there or FIRST not in known_steps():
        return {"not": missing or {str(FIRST): MISSING}}
    if filesystem != OWN and (why := mounts.why_not(filesystem)):
        return {"not": {filesystem: why}}
    with placed(filesystem, stdio_inputs.workload(row.workload), cache) as files:
        subjects = [subject(FIRST, TRADITIONAL, files), *(subject(*s, files) for s in there)]
        contest = Contest(subjects, tell)
        contest.prove()
        contest.measure(lambda: enough(contest), budget_seconds, least=LEAST_ROUNDS)
    first, *others = subjects
    return {"seconds": {s.name: round(contest.seconds(s.name), 6) for s in subjects},
            "counters": {s.name: contest.runs[s.name].counters for s in subjects},
            **{s.name: compared(row.claimed, first, s, contest) for s in others},
            **({"not": missing} if missing else {})}


def known_steps() -> set[int]:
    return {s.number for s in steps.all_steps(part="stdio")}


def subject(number: int, options: Sequence[str], files: Files) -> StageSubject:
    return replace(stdio_part.subject(steps.find(number), files, options=options),
                   name=named(number, options))


def named(number: int, options: Sequence[str]) -> str:
    """"401", "401-view" where it looks at the bytes in place, "404-set" where files are staged
    together.
    """
    return "-".join([str(number), *(w.lstrip("-") for w in (VIEW, SET) if w in options)])


def enough(contest: Contest) -> bool:
    first, *others = contest.subjects
    return (min(map(len, contest.times.values())) >= MOST_ROUNDS
            or contest.narrow([(first.name, s.name) for s in others]))


def compared(claimed: float, first: StageSubject, other: StageSubject, contest: Contest) -> dict:
    ratio = contest.speedup(first.name, other.name)
    return {"ratio": golden.ratio_json(first.name, ratio), "verdict": pairs.verdict(ratio),
            "claim": judged(claimed, ratio)}


def judged(claimed: float, measured: Interval) -> str:
    """A claim is "true" where the whole interval reaches it, and "false" where none of it does."""
    if measured.low >= claimed:
        return "true"
    return "false" if measured.high < claimed else "open"


@contextmanager
def placed(filesystem: str, files: Files, cache: str) -> Iterator[Files]:
    """The files as they are, or copied to a file system of that kind."""
    files = replace(files, cache=cache)
    if filesystem == OWN:
        yield files
        return
    with mounts.mounted(filesystem, 2 * files.size_bytes + 100 * stdio_inputs.MB) as root:
        for path in files.paths:
            shutil.copyfile(path, Path(root) / path.name)
        yield replace(files, folder=Path(root))
