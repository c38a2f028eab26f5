"""What is measured about a whole part rather than about one of its steps.

An experiment is a module tests/<part>/measured/experiments/<name>.py, whose docstring says what
it asks, with

    def measure(tell: Tell, budget_seconds: float) -> dict

that returns plain JSON: counts, seconds, medians and intervals. `make golden-<part>` runs
those of a part and writes book/<part>/measured/<name>.json, where the book finds them:
{m}`kernel.growth.…`, and the figures.
"""
from __future__ import annotations

import difflib
import importlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from measure import described, parts
from measure.problem import Problem
from measure.steps import ROOT

Tell = Callable[[str], None]

BUDGET_SECONDS = 900  # for one experiment, unless BUDGET says otherwise
MODULES = "measured/experiments"


@dataclass(frozen=True)
class Experiment:
    part: str
    name: str

    def __str__(self) -> str:
        return f"{self.part}.{self.name}"

    @property
    def path(self) -> Path:
        """Where what was measured stands."""
        return ROOT / "book" / self.part / "measured" / f"{self.name}.json"

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(f"{self.part}.{MODULES.replace('/', '.')}.{self.name}")

    @property
    def verb(self) -> str:
        return f"`make golden-{self.part} EXPERIMENT={self.name}`"


def part_names() -> list[str]:
    return [part.name for part in described.parts(ROOT)]


def all_experiments(part: str | None = None) -> list[Experiment]:
    """Every experiment, or those of a part, by name."""
    return [Experiment(p, path.stem) for p in part_names() if part in (None, p)
            for path in sorted((ROOT / "tests" / p / MODULES).glob("[a-z]*.py"))]


def find(part: str, name: str) -> Experiment:
    """The experiment called "growth"."""
    there = {e.name: e for e in all_experiments(part)}
    if found := there.get(name):
        return found
    near = difflib.get_close_matches(name, there, n=1, cutoff=0.5)
    raise Problem(f"the part {part} has no experiment {name}; " + (
        f"near: {near[0]}" if near else f"there are: {', '.join(there) or 'none'}"))


def load(part: str, name: str) -> dict:
    """What was measured, as recorded."""
    experiment = find(part, name)
    try:
        return json.loads(experiment.path.read_text())
    except FileNotFoundError:
        raise Problem(f"the experiment {experiment} is not recorded yet: {experiment.verb} "
                      "measures it") from None
    except ValueError as e:
        raise Problem(f"{experiment.path.relative_to(ROOT)} is no JSON ({e}): {experiment.verb} "
                      "measures it again") from None


# --- measuring --------------------------------------------------------------------------------


def record(part: str, name: str = "") -> Iterator[Path]:
    """Measure one experiment, or every one of the part; each is written as it is done."""
    chosen = [find(part, name)] if name else all_experiments(part)
    if not chosen:
        raise Problem(f"the part {part} has no experiments")
    yield from map(run, chosen)


def run(experiment: Experiment) -> Path:
    """Measure it and write what came of it."""
    from measure.machine import talk
    from measure.goldens import golden

    budget = golden.budget_seconds("BUDGET", BUDGET_SECONDS)
    with talk.waiting(f"Measuring {experiment}") as tell:
        found = experiment.module.measure(lambda text: tell(f"{experiment}: {text}"), budget)
    if taken := {"experiment", "about", "machine"} & found.keys():
        raise Problem(f"{experiment} names something {', '.join(sorted(taken))}; these are ours")
    path = experiment.path
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(golden.as_json({"experiment": str(experiment), "about": about(experiment),
                                     **found, "machine": machine_of(experiment.part)}))
    os.replace(fresh, path)
    return path


def about(experiment: Experiment) -> str:
    """What it asks: the first sentence of its module."""
    return (experiment.module.__doc__ or "").strip().partition("\n")[0]


def machine_of(part: str) -> dict:
    """The machine, as in a golden; guest memory and caches are the experiment's affair."""
    return {k: v for k, v in parts.of(part).describe_machine().items() if v}
