"""What loading on demand gains and costs: first instruction, and 1, 10 and 100 % of the pages.

The real program, at the last step that loads it before it begins and at the one that loads
what is touched, in turns; then the second of the two with other windows around a fault.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from measure import build, steps
from measure.contests import counts, pairs
from measure.contests.pairs import Interval
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.problem import Problem
from measure.steps import ROOT
from kernel.measured import inputs, machine, part as kernel_part, programs
from kernel.measured.emulator import Run
from kernel.measured.inputs import Program
from kernel.measured.part import KernelSubject

BEFORE, AFTER = 110, 111
WORKLOAD = "bun"
FIRST = "first"                       # instead of a per cent: up to the first instruction
TOUCHED = (FIRST, "1", "10", "100")   # per cent of the pages
SEED = 1
WINDOWS_KIB = (4, 16, 64, 256, 1024)
CHOSEN_KIB = 64
COUNTED = ("virtio.requests", "virtio.bytes", "virtio.kicks", "page.faults", "page.peak")


@dataclass
class Entrant:
    subject: KernelSubject
    touched: str
    runs: list[Run] = field(default_factory=list)

    @property
    def times(self) -> list[float]:
        return [r.first_seconds if self.touched == FIRST else r.seconds for r in self.runs]

    def run(self) -> float:
        done = self.subject.run()
        if self.runs and (other := counts.differ(self.runs[0].counters, done.counters, {})):
            raise Problem(f"{self.subject.name} does not count the same twice: {other[0]}")
        self.runs.append(done)
        return self.times[-1]

    @property
    def cost(self) -> dict:
        counted = self.runs[0].counters
        return {"seconds": round(median(self.times), 6),
                **{name: counted[name] for name in COUNTED if name in counted}}


def measure(tell: Tell, budget_seconds: float) -> dict:
    program = inputs.program(WORKLOAD)
    if program.substitute:
        raise Problem(f"{WORKLOAD} could not be had, and this cannot do without it")
    before, after = (step_subject(n, program) for n in (BEFORE, AFTER))
    windows = {kib: after if kib == CHOSEN_KIB else with_window(after, kib) for kib in WINDOWS_KIB}
    for s in (before, *windows.values()):
        tell(f"Verifying {s.name}")
        s.prove()
    race = {(s.name, touched): Entrant(touching(s, touched), touched)
            for s in (before, *windows.values()) for touched in TOUCHED}
    compared = [(race[before.name, t], race[after.name, t]) for t in TOUCHED]
    run(list(race.values()), compared, tell, budget_seconds)
    return {
        "workload": WORKLOAD, "seed": SEED, "window_kib": CHOSEN_KIB,
        "pages": programs.memory_bytes(programs.load_segments(program.path)) // programs.PAGE,
        "touch": {a.touched: comparison(a, b) for a, b in compared},
        "window": {str(kib): {t: race[s.name, t].cost for t in TOUCHED}
                   for kib, s in windows.items()},
    }


def step_subject(number: int, program: Program) -> KernelSubject:
    return kernel_part.subject(steps.find(number), program, machine.main_conditions(), words=())


def with_window(after: KernelSubject, kib: int) -> KernelSubject:
    """The step with another constant in fault.c."""
    out = Path("build") / f"{AFTER}-window-{kib}"
    source = (after.step.dir / "fault.c").read_text()
    chosen, other = (f"#define WINDOW ({n} * KIB)" for n in (CHOSEN_KIB, kib))
    changed = source.replace(chosen, other)
    if changed == source:
        raise Problem(f"fault.c of {after.name} has no window of {CHOSEN_KIB} KiB")
    (ROOT / out / "layer").mkdir(parents=True, exist_ok=True)
    (ROOT / out / "layer" / "fault.c").write_text(changed)
    kernel = build.make("kernel", str(out), f"STEP={AFTER}", "WITHOUT=", f"TOP={out}/layer")
    return dataclasses.replace(after, name=f"{after.name}, {kib} KiB", kernel=kernel / "kernel.elf")


def touching(s: KernelSubject, touched: str) -> KernelSubject:
    percent = "0" if touched == FIRST else touched
    return dataclasses.replace(s, words=(*s.words, f"touch={percent}", f"seed={SEED}"))


def run(entrants: list[Entrant], compared: Sequence[tuple[Entrant, Entrant]], tell: Tell,
        budget_seconds: float) -> None:
    def timed(e: Entrant) -> float:
        tell(f"Round {len(e.runs) + 1} of at least {pairs.LEAST_ROUNDS}: "
             f"{e.subject.name}, {e.touched}")
        took = e.run()
        if why := e.runs[-1].doubt(entrants[0].runs[0]):
            raise Problem(f"{e.subject.name} {why}: measure again")
        return took

    pairs.interleave([lambda e=e: timed(e) for e in entrants],
                     lambda times: all(speedup(a, b).narrow for a, b in compared),
                     budget_seconds=budget_seconds)


def speedup(a: Entrant, b: Entrant) -> Interval:
    return pairs.speedup(a.times, b.times)


def comparison(a: Entrant, b: Entrant) -> dict:
    ratio = speedup(a, b)
    return {str(BEFORE): a.cost, str(AFTER): b.cost,
            "ratio": golden.ratio_json(a.subject.name, ratio), "verdict": pairs.verdict(ratio)}
