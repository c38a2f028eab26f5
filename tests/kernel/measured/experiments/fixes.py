"""Whether fixes 1-4 together make a load 10-20 times faster, as the document expects.

Its first four fixes are the steps 101 to 104, in another order, so this is step 104
against step 100, in turns; the small program first, then the real one.
"""
from __future__ import annotations

import time

from measure import steps
from measure.contests import pairs
from measure.contests.contest import Contest
from measure.contests.pairs import Interval
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.problem import Problem
from kernel.measured import inputs, machine, part as kernel_part

BEFORE, AFTER = 100, 104
PREDICTED = (10.0, 20.0)
WORKLOADS = {"elf-24m": 0.25, "bun": 1.0}  # how much of the budget that is left


def measure(tell: Tell, budget_seconds: float) -> dict:
    end = time.monotonic() + budget_seconds
    found: dict = {"source": "Akuma, LARGE_BINARY_LOAD_PERFORMANCE.md, fixes 1–4 together",
                   "predicted_ratio": list(PREDICTED)}
    for workload, share in WORKLOADS.items():
        left = max(0, end - time.monotonic()) * share
        found[workload] = compare(workload, lambda text: tell(f"{workload}: {text}"), left)
    return found


def compare(workload: str, tell: Tell, budget_seconds: float) -> dict:
    program = inputs.program(workload)
    if program.substitute:
        raise Problem(f"{workload} could not be had, and this cannot do without it")
    before, after = (kernel_part.subject(steps.find(n), program, machine.main_conditions())
                     for n in (BEFORE, AFTER))
    contest = Contest([before, after], tell)
    contest.prove()
    contest.measure(lambda: contest.narrow([(before.name, after.name)]), budget_seconds)
    ratio = contest.speedup(before.name, after.name)
    return {"seconds": {str(s.step.number): round(contest.seconds(s.name), 6)
                        for s in (before, after)},
            "virtio.requests": {str(s.step.number):
                                contest.runs[s.name].counters["virtio.requests"]
                                for s in (before, after)},
            "ratio": golden.ratio_json(before.name, ratio),
            "verdict": pairs.verdict(ratio), "claim": judged(PREDICTED, ratio)}


def judged(predicted: tuple[float, float], measured: Interval) -> str:
    """The claim: "true" where the two intervals meet."""
    low, high = predicted
    if measured.low > high:
        return "too low"
    return "too high" if measured.high < low else "true"
