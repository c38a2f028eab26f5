"""Ask make for a program; src/build.mk knows how."""
from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from measure.machine import process
from measure.problem import Problem
from measure.steps import ROOT, Step

FROM_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")  # a make above us must not steer this one


def of_step(goal: str, step: Step, *, without: Sequence[int] = ()) -> Path:
    """Make `goal` of `step`, layers left out if asked for; the folder that it is in."""
    out = f"build/{'-without-'.join([str(step.number), *map(str, without)])}"
    return make(goal, out, f"STEP={step.number}", f"WITHOUT={' '.join(map(str, without))}", "TOP=")


def make(goal: str, out: str, *variables: str) -> Path:
    """Make `goal` in the folder `out` and return it; processes take turns there."""
    folder = ROOT / out
    folder.mkdir(parents=True, exist_ok=True)
    env = {k: v for k, v in os.environ.items() if k not in FROM_MAKE}
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = process.run(["make", "-s", "-j2", "-f", "src/build.mk", goal, f"OUT={out}",
                            *variables], cwd=ROOT, env=env)
    if done.returncode:
        raise Problem(f"make {goal} {' '.join(v for v in variables if v[-1] != '=')} failed:\n"
                      f"{done.stderr.rstrip()}")
    return folder


def identity(goal: str, step: int) -> str:
    """A sum over all that this goal's programs are made of at this step; nothing is built."""
    env = {k: v for k, v in os.environ.items() if k not in FROM_MAKE}
    done = process.run(["make", "-s", "-f", "src/build.mk", f"STEP={step}", "identity",
                        f"GOAL={goal}", "TOP=", "WITHOUT="], cwd=ROOT, env=env)
    if done.returncode:
        raise Problem(f"make identity GOAL={goal} STEP={step} failed:\n{done.stderr.rstrip()}")
    return done.stdout.strip()
