"""Whether a loader had better poll the device or sleep until it interrupts.

The drivers of two steps, one request at a time (104) and a list of them (109), each as it is
and under src/kernel/interrupts, in turns. How often the kernel sleeps depends on who is faster,
so sleeps and interrupts are medians of the rounds.
"""
from __future__ import annotations

import dataclasses
import statistics
from dataclasses import dataclass, field

from measure import steps
from measure.contests import pairs
from measure.contests.contest import Contest
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.problem import Problem
from kernel.measured import inputs, kernels, machine, part as kernel_part
from kernel.measured.emulator import Run
from kernel.measured.inputs import Program
from kernel.measured.part import KernelSubject

STEPS = (104, 109)
WORKLOADS = {"elf-24m": 0.25, "bun": 0.75}  # how much of the budget
COUNTED = ("virtio.requests", "virtio.kicks", "virtio.kicks_saved")
VARIES = ("virtio.sleeps", "virtio.interrupts")


@dataclass(frozen=True)
class Sleeper(KernelSubject):
    """A kernel that sleeps while it waits, and what it counted of that, load by load."""
    counted: dict[str, list[int]] = field(default_factory=dict)

    def run(self, *more: str, **options) -> Run:
        done = super().run(*more, **options)
        for name in VARIES:
            self.counted.setdefault(name, []).append(done.figures.pop(name))
        return done


def measure(tell: Tell, budget_seconds: float) -> dict:
    return {name: compare(inputs.program(name), tell, share * budget_seconds)
            for name, share in WORKLOADS.items()}


def compare(program: Program, tell: Tell, budget_seconds: float) -> dict:
    if program.substitute:
        raise Problem(f"{program.name} could not be had, and this cannot do without it")
    polling = [kernel_part.subject(steps.find(n), program, machine.main_conditions()) for n in STEPS]
    sleeping = [asleep(s) for s in polling]
    contest = Contest([*polling, *sleeping], lambda text: tell(f"{program.name}: {text}"))
    contest.prove()
    contest.measure(lambda: contest.narrow([(a.name, b.name) for a, b in zip(polling, sleeping)]),
                    budget_seconds)
    return {str(a.step.number): entry(a, b, contest) for a, b in zip(polling, sleeping)}


def asleep(polling: KernelSubject) -> Sleeper:
    """The same under the layer that sleeps."""
    shared = {f.name: getattr(polling, f.name) for f in dataclasses.fields(KernelSubject)}
    return Sleeper(**shared | {"name": f"{polling.name} with interrupts",
                               "kernel": kernels.under("interrupts", polling.step)})


def entry(polling: KernelSubject, sleeping: Sleeper, contest: Contest) -> dict:
    """The ratio is the time of polling ÷ the time with interrupts."""
    ratio = contest.speedup(polling.name, sleeping.name)
    counters = contest.runs[polling.name].counters
    return {"polling": {"seconds": round(contest.seconds(polling.name), 6)}
                       | {name: counters[name] for name in COUNTED},
            "interrupts": {"seconds": round(contest.seconds(sleeping.name), 6)}
                          | {name: int(statistics.median(n)) for name, n in sleeping.counted.items()},
            "ratio": golden.ratio_json(polling.name, ratio),
            "verdict": pairs.verdict(ratio)}
