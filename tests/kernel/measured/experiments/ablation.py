"""What each of the document's fixes is worth at the end, when all the others are there.

Step 106 has all six. Each is left out (the blocks of step 102 by reading the old image),
and so are those three together that make the loader ask less often.
"""
from __future__ import annotations

import dataclasses
import time

from measure import steps
from measure.contests import pairs
from measure.contests.contest import Contest
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.problem import Problem
from measure.steps import Step
from kernel.measured import inputs, machine, part as kernel_part
from kernel.measured.part import KernelSubject

WHOLE = 106
LEFT_OUT = [(101,), (102,), (103,), (104,), (105,), (106,), (103, 105, 106)]
WORKLOADS = {"elf-24m": 0.4, "bun": 1.0}  # how much of the budget that is left
COUNTED = ("virtio.requests", "virtio.bytes", "copy.bytes", "page.peak", "vfs.lookups",
           "ext2.indirect_blocks", "cache.hits", "cache.misses")


def measure(tell: Tell, budget_seconds: float) -> dict:
    end = time.monotonic() + budget_seconds
    found: dict = {"step": steps.find(WHOLE).id}
    for workload, share in WORKLOADS.items():
        left = max(0, end - time.monotonic()) * share
        found[workload] = ablate(workload, lambda text: tell(f"{workload}: {text}"), left)
    return found


def ablate(workload: str, tell: Tell, budget_seconds: float) -> dict:
    program = inputs.program(workload)
    if program.substitute:
        raise Problem(f"{workload} could not be had, and this cannot do without it")
    step = steps.find(WHOLE)
    whole = kernel_part.subject(step, program, machine.main_conditions())
    without = {key(numbers): built(step, whole, numbers) for numbers in LEFT_OUT}
    contest = Contest([whole, *(s for s in without.values() if isinstance(s, KernelSubject))], tell)
    contest.prove()
    contest.measure(lambda: contest.narrow([(s.name, whole.name) for s in contest.subjects]),
                    budget_seconds)
    return {"whole": cost_of(whole, contest),
            "without": {k: worth_of(s, whole, contest) if isinstance(s, KernelSubject) else {"not": s}
                        for k, s in without.items()}}


def key(numbers: tuple[int, ...]) -> str:
    return "-".join(map(str, numbers))


def built(step: Step, whole: KernelSubject, numbers: tuple[int, ...]) -> KernelSubject | str:
    """The step without these layers; or why that is nothing to measure."""
    try:
        rest = kernel_part.subject(step, whole.program, whole.conditions, without=numbers)
    except Problem as e:
        return str(e).splitlines()[0]
    if rest.twin_of(whole):
        return "the same kernel and the same image"
    return dataclasses.replace(rest, name=f"{step.id} without {key(numbers)}")


def cost_of(s: KernelSubject, contest: Contest) -> dict:
    counters = contest.runs[s.name].counters
    return {"seconds": round(contest.seconds(s.name), 6),
            **{name: counters[name] for name in COUNTED if name in counters}}


def worth_of(s: KernelSubject, whole: KernelSubject, contest: Contest) -> dict:
    """The ratio is the time without ÷ the time of the whole: what leaving it out would lose."""
    ratio = contest.speedup(s.name, whole.name)
    return cost_of(s, contest) | {"ratio": golden.ratio_json(s.name, ratio),
                                  "verdict": pairs.verdict(ratio)}
