"""What one word to the kernel changes for who sums a file through a map, or jumps about in it.

Each word is said once, about the whole file, right before the first byte is looked at, and its
time counts. Beside the words stands what a word can at best bring about: the file is read through
first, in pieces of 64 KiB.
"""
from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from measure.contests import kept, pairs
from measure.contests.contest import Contest
from measure.goldens import golden
from measure.goldens.experiments import Tell
from stdio.measured import inputs as stdio_inputs, part as stdio_part, peers as stdio_peers
from stdio.measured.inputs import Files, MB
from stdio.measured.peers import NO_WORD

WORDS = {
    NO_WORD: "nothing",
    "sequential-map": "MADV_SEQUENTIAL",
    "sequential-file": "POSIX_FADV_SEQUENTIAL",
    "willneed": "POSIX_FADV_WILLNEED",
    "populate": "MADV_POPULATE_READ",
    "huge": "MADV_HUGEPAGE",
    "read-first": "nothing, but reads it through first",
}
SIZES = {"1 MB": MB, "16 MB": 16 * MB, "100 MB": 100 * MB}
CACHES = ("cold", "warm")
JUMPS = ("16 MB", "1000")  # pieces of 4 KiB, in a file that is cold
REPEATS = ((MB, 9), (16 * MB, 3))  # up to this size, so many runs make one time


def measure(tell: Tell, budget_seconds: float) -> dict:
    end = time.monotonic() + budget_seconds
    waiting = [*itertools.product(CACHES, SIZES), ("jumps", JUMPS[0])]
    found: dict = {"words": WORDS, "sizes": SIZES, "jumps": {}, **{cache: {} for cache in CACHES}}
    while waiting:
        kind, size = waiting.pop(0)
        share = max(0, end - time.monotonic()) / (len(waiting) + 1)
        files = files_of(kind, size)
        found[kind][size] = cell(files, lambda text: tell(f"{files.name}: {text}"), share)
    return found | {"read_ahead_kib": read_ahead_kib(kept.INPUTS)}


def files_of(kind: str, size: str) -> Files:
    case, cache = (("{file}", JUMPS[1]), "cold") if kind == "jumps" else (("{file}",), kind)
    return stdio_inputs.one_file(f"{size}, {kind}", SIZES[size], case, cache, REPEATS)


def cell(files: Files, tell: Tell, budget_seconds: float) -> dict:
    """Of each word: its time, and how many times as fast as without any word that is."""
    contest = Contest([stdio_part.of_peer(stdio_peers.word(w), files) for w in WORDS], tell)
    contest.prove()
    others = [w for w in WORDS if w != NO_WORD]
    contest.measure(lambda: contest.narrow([(NO_WORD, w) for w in others]), budget_seconds)
    return {NO_WORD: {"seconds": round(contest.seconds(NO_WORD), 9)},
            **{w: against_none(contest, w) for w in others}}


def against_none(contest: Contest, word: str) -> dict:
    ratio = contest.speedup(NO_WORD, word)
    return {"seconds": round(contest.seconds(word), 9),
            "ratio": golden.ratio_json(NO_WORD, ratio), "verdict": pairs.verdict(ratio)}


def read_ahead_kib(path: Path) -> int | None:
    """How far the kernel reads ahead on the device below, which is set there; None: unknown."""
    device = os.stat(path).st_dev
    name = f"{os.major(device)}:{os.minor(device)}"
    for place in (f"dev/block/{name}/queue", f"dev/block/{name}/../queue", f"class/bdi/{name}"):
        try:
            return int(Path("/sys", place, "read_ahead_kb").read_text())
        except OSError:
            continue
    return None
