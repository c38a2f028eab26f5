"""One run, printed: make run-N and make floor."""
from __future__ import annotations

import argparse
import json
import os
from measure import parts, steps
from measure.contests.subject import Run, Subject
from measure.machine import talk
from measure.problem import Problem
from measure.steps import ROOT, Step


def run(step: Step, options: argparse.Namespace) -> None:
    this = parts.of_step(step).asked_for(step, options)
    doing = f"Running {this.name} with {this.input.name}"
    with talk.waiting(doing) as tell:
        def percent(done: int) -> None:
            tell(f"{doing}, {done} %")

        with this:
            proof = this.prove(percent) if options.verify not in ("", "0") else None
            done = this.run(percent)
    show(this, done)
    if proof:
        print(f"verified: it {proof.checked}")
    write(this, done)


def floor(part: str, workload: str) -> None:
    """The floor below the newest step of the part, on its workload."""
    measured, everyone = parts.of(part), steps.all_steps(part=part)
    if not everyone:
        raise Problem(f"there are no steps of a part {part}")
    above = measured.of_step(everyone[-1], workload or everyone[-1].toml["workload"])
    if not (below := above.floor()):
        raise Problem(f"nobody can say how little {above.input.name} takes")
    with below:
        show(below, below.run())


def show(this: Subject, done: Run) -> None:
    """Where, how long, and every counter."""
    print(f"{this.name} with {this.about}")
    figures = {"seconds": f"{done.seconds:.6f}"} | {k: f"{v:,}" for k, v in done.counters.items()}
    wide, high = max(map(len, figures)), max(map(len, figures.values()))
    for name, value in figures.items():
        print(f"  {name:<{wide}}  {value:>{high}}")


def write(this: Subject, done: Run) -> None:
    """build/N/run.json, beside the program."""
    path = this.folder / "run.json"
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"step": this.step.number, "workload": this.input.name,
                                 "seconds": done.seconds, "counters": done.counters}) + "\n")
    os.replace(fresh, path)
    print(path.relative_to(ROOT))
