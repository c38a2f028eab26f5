"""One run, printed: make run-N and make floor."""
from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from measure import inputs, machine, steps, subject, talk
from measure.inputs import Disk, Program
from measure.kernel import Run
from measure.problem import Problem
from measure.steps import ROOT, Step
from measure.subject import Subject


def chosen(step: Step, options: argparse.Namespace) -> tuple[Program, Disk | None]:
    """What to load: ELF=, or IMAGE= with FILE=, or WORKLOAD=, or the step's own workload."""
    if options.image or options.file:
        if not (options.image and options.file):
            raise Problem("IMAGE=disk.img and FILE=/path/in/it are wanted together")
        return inputs.own_disk(Path(options.image), options.file)
    if options.elf:
        return inputs.own_program(Path(options.elf)), None
    return inputs.program(options.workload or step.toml["workload"]), None


def run(step: Step, options: argparse.Namespace) -> None:
    program, disk = chosen(step, options)
    this = subject.of_step(step, program, machine.conditions(), disk=disk,
                           without=options.without.split())
    with talk.waiting(f"Loading {program.name} with {this.name}") as tell:
        def percent(done: int) -> None:
            tell(f"Loading {program.name} with {this.name}, {done} %")

        npages = subject.prove(this, percent) if options.verify not in ("", "0") else 0
        done = this.run(on_progress=percent)
    show(this, done)
    if npages:
        print(f"verified: {npages:,} pages hold the file's bytes")
    write(this, done)


def floor(workload: str) -> None:
    """The floor below the newest step, on its workload."""
    newest = steps.all_steps(part="kernel")[-1]
    program = inputs.program(workload or newest.toml["workload"])
    below = subject.floor_of(subject.of_step(newest, program, machine.conditions()))
    show(below, below.run())


def show(this: Subject, done: Run) -> None:
    """Where, how long, and every counter."""
    c = this.conditions
    print(f"{this.name} with {this.program.name}, {this.program.size_bytes:,} bytes; "
          f"{this.disk.about}; {c.accel}, {c.aio}, {c.cache}, {this.program.memory_mib} MiB")
    figures = {"seconds": f"{done.seconds:.6f}"} | {k: f"{v:,}" for k, v in done.counters.items()}
    wide, high = max(map(len, figures)), max(map(len, figures.values()))
    for name, value in figures.items():
        print(f"  {name:<{wide}}  {value:>{high}}")


def write(this: Subject, done: Run) -> None:
    """build/N/run.json, beside the kernel."""
    path = this.kernel.parent / "run.json"
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"step": this.step.number, "workload": this.program.name,
                                 "seconds": done.seconds, "counters": done.counters}) + "\n")
    os.replace(fresh, path)
    print(path.relative_to(ROOT))
