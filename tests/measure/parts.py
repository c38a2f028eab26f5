"""Where each part says how it is measured: one module a part, and what the modules have in common.

    MUST_HOLD     keys of golden.json's "machine" without which a ratio is not gated
    REAL          the workload of `make demo`
    UNIT          what its ladder counts beside the time, in the singular
    GOAL          what src/build.mk is asked for
    FLOOR         what the floor does, in a few words
    CHECK_SECONDS the time that check_ratio() may take for a step

    of_step(step, workload, recording=False, without=(), like=None)    the subject, built
        recording: under the conditions of goldens, whatever this machine could do better
        like: the step that it is compared with, and whose way of being run it takes
    around(folder, name, step, like, workload, limit_seconds)    one that was built elsewhere,
        with the input that the step `like` has
    asked_for(step, options)       what `make run-N` was asked to run
    is_compared(workload)          whether a further workload of a golden gets ratios too
    every_input()                  made or fetched
    requests(counters)             how many UNITs, or None
    nbytes(counters)               how many bytes these moved, or None
    caption(golden)                what a golden was measured with, in a line
    trace(step)                    what golden.json keeps of one run's timeline, or None
"""
from __future__ import annotations

import importlib
from types import ModuleType

from measure.problem import Problem
from measure.steps import PARTS, Step

MEASURED = {"kernel": "kernel.measured.part", "stdio": "stdio.measured.part"}


def of(part: str) -> ModuleType:
    if part not in MEASURED:
        there = "measured" if part in PARTS.values() else "there"
        raise Problem(f"the part {part} is not {there} yet; {', '.join(MEASURED)} can be")
    return importlib.import_module(MEASURED[part])


def of_step(step: Step) -> ModuleType:
    return of(step.part)
