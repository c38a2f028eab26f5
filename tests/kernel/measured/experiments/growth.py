"""How the cost of a load grows with the program: 1 MB to 1 GB.

Made-up programs of four sizes, loaded by the slow kernel, at the end of the document's
fixes, and with extents; beside them the floor. Step 100 stops at 100 MB.
"""
from __future__ import annotations

import time
from dataclasses import dataclass

from measure import steps
from measure.contests import kept
from measure.contests.contest import Contest
from measure.goldens.experiments import Tell
from kernel.measured import inputs, machine, part as kernel_part
from kernel.measured.inputs import Program
from kernel.measured.part import KernelSubject

SIZES = {"1mb": 10**6, "10mb": 10**7, "100mb": 10**8, "1gb": 10**9}
STEPS = (100, 106, 110)
LARGEST_OF_100 = 10**8
LEAST_ROUNDS, MOST_ROUNDS = 2, 12
COUNTED = ("virtio.requests", "virtio.bytes", "copy.bytes", "page.peak")
KEPT_BYTES = 200 * 10**6  # larger inputs are not left lying about


@dataclass(frozen=True)
class Race:
    """What takes turns: the slow kernel runs by itself, or the others would wait for it."""
    size: str
    numbers: tuple[int, ...]


def races() -> list[Race]:
    found = []
    for size in SIZES:
        found.append(Race(size, STEPS[1:]))
        if SIZES[size] <= LARGEST_OF_100:
            found.append(Race(size, STEPS[:1]))
    return found


def measure(tell: Tell, budget_seconds: float) -> dict:
    found: dict[str, dict] = {"sizes": dict(SIZES)}
    end = time.monotonic() + budget_seconds
    waiting = races()
    while waiting:
        race, left = waiting.pop(0), max(0, end - time.monotonic())
        for name, cost in run(race, tell, left / (len(waiting) + 1)).items():
            found.setdefault(name, {})[race.size] = cost
    return found


def run(race: Race, tell: Tell, budget_seconds: float) -> dict[str, dict]:
    """What each of its subjects costs, the floor too where the fast ones race."""
    program = made_up(race.size)
    conditions = machine.main_conditions()
    subjects = [kernel_part.subject(steps.find(n), program, conditions) for n in race.numbers]
    if race.numbers != STEPS[:1]:
        subjects.append(subjects[0].floor())
    contest = Contest(subjects, lambda text: tell(f"{race.size}: {text}"))
    try:
        contest.prove()
        contest.measure(lambda: min(map(len, contest.times.values())) >= MOST_ROUNDS,
                        budget_seconds, least=LEAST_ROUNDS)
    finally:
        for s in subjects:
            forget_large(s)
    return {s.name.split("-")[0]: cost_of(s, contest) for s in subjects}


def made_up(size: str) -> Program:
    path, _ = inputs.seeded(f"elf-{size}", SIZES[size], seed=len(str(SIZES[size])))
    return inputs.own_program(path)


def cost_of(s: KernelSubject, contest: Contest) -> dict:
    counters = contest.runs[s.name].counters
    return {"seconds": round(contest.seconds(s.name), 6), "rounds": len(contest.times[s.name]),
            **{name: counters[name] for name in COUNTED if name in counters}}


def forget_large(s: KernelSubject) -> None:
    for path in (s.disk.path, s.program.path):
        if path.is_file() and path.stat().st_size > KEPT_BYTES:
            kept.forget(path)
