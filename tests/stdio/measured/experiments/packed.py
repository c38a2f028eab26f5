"""Does it pay to hold a file compressed? A log with half of its size to hold it in, against the buffer.

Both are step 410, under the same limit; one is asked to hold the file, the other is not. The time
of the packed one includes packing: so each access is measured once and many times over.
"""
from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

from measure import steps
from measure.contests import kept, pairs
from measure.contests.contest import Contest
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.problem import Problem
from stdio.measured import inputs as stdio_inputs, part as stdio_part
from stdio.measured.inputs import Files, MB
from stdio.measured.part import StageSubject

STEP = 410
SIZE = 32 * MB
MEMORY = ("--memory", str(SIZE // 2 + MB))
NAME = f"stdio-log-{SIZE // MB}m"
JUMP = ("random", "{file}", "--size", "4096", "--seed", "1", "--reads")
ACCESSES = {  # what one does with the file
    "in_order": stdio_inputs.READ,
    "in_order_20_times": (*stdio_inputs.AGAIN[:-1], "20"),
    "1000_places": (*JUMP, "1000"),
    "10000_places": (*JUMP, "10000"),
}
LEAST_ROUNDS, MOST_ROUNDS = 4, 20


def measure(tell: Tell, budget_seconds: float) -> dict:
    if STEP not in (s.number for s in steps.all_steps(part="stdio")):
        return {"not": f"there is no step {STEP} yet"}
    end = time.monotonic() + budget_seconds
    waiting = [(access, cache) for access in ACCESSES for cache in ("warm", "cold")]
    found: dict = {"size_bytes": SIZE, **{access: {} for access in ACCESSES}}
    while waiting:
        access, cache = waiting.pop(0)
        share = max(0, end - time.monotonic()) / (len(waiting) + 1)
        found[access][cache] = measured(
            files_of(ACCESSES[access], cache), lambda text: tell(f"{access}, {cache}: {text}"), share)
    return found


def log_file(to: Path) -> None:
    """Lines of a log. They repeat themselves only where no LZ4 block can see it."""
    rng = random.Random(STEP)
    text = b"".join(b"12:%02d:%02d worker %d: %s of %s took %d us\n" % (
        line // 400, line // 7 % 60, rng.randrange(8), *(rng.choice(stdio_inputs.WORDS).encode()
                                                       for _ in range(2)), rng.randrange(5000))
                    for line in range(24_000))
    to.write_bytes((text * (SIZE // len(text) + 1))[:SIZE])


def files_of(case: tuple[str, ...], cache: str) -> Files:
    path, sha256 = kept.cached(NAME, f"log v{stdio_inputs.VERSION}, size {SIZE}, seed {STEP}",
                                 log_file)
    return Files(NAME, path.parent, (NAME,), sha256, stdio_inputs.arguments(case, NAME), SIZE, SIZE,
                 cache)


def measured(files: Files, tell: Tell, budget_seconds: float) -> dict:
    buffer, packed = subject("none", files), subject("prefetch", files)
    contest = Contest([buffer, packed], tell)
    contest.prove()
    contest.measure(lambda: enough(contest), budget_seconds, least=LEAST_ROUNDS)
    counters = contest.runs[packed.name].counters
    if counters.get("packed.files") == 0:
        raise Problem(f"{files.name} is not held packed; see why in steps/{STEP}-*/packed.c")
    ratio = contest.speedup(buffer.name, packed.name)
    return {"seconds": {s.name: round(contest.seconds(s.name), 6) for s in contest.subjects},
            "counters": counters,
            "ratio": golden.ratio_json(buffer.name, ratio), "verdict": pairs.verdict(ratio)}


def subject(mode: str, files: Files) -> StageSubject:
    made = stdio_part.subject(steps.find(STEP), files, options=("--mode", mode, *MEMORY))
    return replace(made, name={"none": "buffer", "prefetch": "packed"}[mode])


def enough(contest: Contest) -> bool:
    return (min(map(len, contest.times.values())) >= MOST_ROUNDS
            or contest.narrow([("buffer", "packed")]))
