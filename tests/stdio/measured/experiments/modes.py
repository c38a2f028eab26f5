"""Which way is best for which file, and what a rule that chooses by size alone makes of it.

Each way is chosen by name, and beside them is the one that chooses for itself: on files of five
sizes, for readers that copy and readers that look, once and again, warm and cold.
"""
from __future__ import annotations

import time
from dataclasses import dataclass, replace

from measure import steps
from measure.contests.contest import Contest
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.problem import Problem
from stdio.measured import inputs as stdio_inputs, part as stdio_part
from stdio.measured.inputs import Files, MB
from stdio.measured.part import StageSubject

STEP = 403
BY_NAME = ("none", "mmap", "prefetch")
ADAPTIVE = "adaptive"
DOCUMENT_MMAP_ABOVE = 2**20  # bytes: what is smaller is read whole
SIZES = {"4 KiB": 2**12, "64 KiB": 2**16, "1 MB": MB, "16 MB": 16 * MB, "100 MB": 100 * MB}
LEAST_ROUNDS, MOST_ROUNDS = 5, 12
REPEATS = ((2**16, 9), (MB, 5))  # up to this size, so many runs make one time


@dataclass(frozen=True)
class Access:
    says: str
    case: tuple[str, ...]
    caches: tuple[str, ...] = ("warm", "cold")


PIECE = ("--size", "4096", "--seed", "1")
ACCESSES = {
    "read": Access("read once, 64 KiB at a time", ("read", "{file}")),
    "view": Access("looked at once, in place", ("read", "{file}", "--view")),
    "again": Access("read ten times", ("again", "{file}", "--times", "10"), ("warm",)),
    "random": Access("1,000 views of 4 KiB", ("random", "{file}", "--reads", "1000", *PIECE,
                                              "--view"), ("warm",)),
    "head": Access("one piece of 4 KiB", ("random", "{file}", "--reads", "1", *PIECE)),
}


def measure(tell: Tell, budget_seconds: float) -> dict:
    end = time.monotonic() + budget_seconds
    waiting = [(access, cache, size) for access, a in ACCESSES.items() for cache in a.caches
               for size in SIZES]
    found: dict = {"step": steps.find(STEP).id, "sizes": dict(SIZES),
                   "accesses": {name: a.says for name, a in ACCESSES.items()}, "cells": {}}
    while waiting:
        access, cache, size = waiting.pop(0)
        share = max(0, end - time.monotonic()) / (len(waiting) + 1)
        found["cells"].setdefault(access, {}).setdefault(cache, {})[size] = cell(
            files_of(size, ACCESSES[access], cache),
            lambda text: tell(f"{size}, {access}, {cache}: {text}"), share)
    return found | {"worst": {rule: worst(found["cells"], rule) for rule in ("document", ADAPTIVE)}}


def cell(files: Files, tell: Tell, budget_seconds: float) -> dict:
    contest = Contest([by_mode(mode, files) for mode in (*BY_NAME, ADAPTIVE)], tell)
    contest.prove()
    contest.measure(lambda: min(map(len, contest.times.values())) >= MOST_ROUNDS, budget_seconds,
                    least=LEAST_ROUNDS)
    return judged(contest, files.size_bytes)


def judged(contest: Contest, size: int) -> dict:
    """The best way that can be named, and how often its time the two rules take."""
    best = min(BY_NAME, key=contest.seconds)
    document = "mmap" if size > DOCUMENT_MMAP_ABOVE else "prefetch"
    return {"best": best,
            **{rule: golden.ratio_json(mode, contest.speedup(mode, best))
               for rule, mode in (("document", document), (ADAPTIVE, ADAPTIVE))},
            "seconds": {mode: round(contest.seconds(mode), 9) for mode in (*BY_NAME, ADAPTIVE)}}


def by_mode(mode: str, files: Files) -> StageSubject:
    made = stdio_part.subject(steps.find(STEP), files, options=("--mode", mode))
    return replace(made, name=mode)


def files_of(size: str, access: Access, cache: str) -> Files:
    return stdio_inputs.one_file(f"{access.says}, {size}", SIZES[size], access.case, cache, REPEATS)


def worst(cells: dict, rule: str) -> dict:
    """Where the rule is surely furthest from the best way: a wide interval may be chance."""
    flat = [(c[rule]["low"], c[rule]["median"], access, cache, size)
            for access, caches in cells.items() for cache, sizes in caches.items()
            for size, c in sizes.items()]
    if not flat:
        raise Problem("nothing was measured")
    low, times, access, cache, size = max(flat)
    return {"times": times, "low": low, "access": access, "says": ACCESSES[access].says,
            "cache": cache, "size": size}
