"""How each part is measured: what tests/PART/measured/part.py calls PART, a MeasuredPart."""
from __future__ import annotations

import importlib
from pathlib import Path

from measure import described
from measure.contests.measured_part import MeasuredPart
from measure.described import ROOT
from measure.problem import Problem
from measure.steps import Step


def measured() -> list[str]:
    """The parts that can be measured, by their hundreds."""
    return [part.name for part in described.parts() if _module(part.name).is_file()]


def of(part: str) -> MeasuredPart:
    described.find(part)
    if not _module(part).is_file():
        raise Problem(f"the part {part} is not measured yet; {', '.join(measured())} can be")
    return importlib.import_module(f"{part}.measured.part").PART


def of_step(step: Step) -> MeasuredPart:
    return of(step.part)


def _module(part: str) -> Path:
    return ROOT / "tests" / part / "measured" / "part.py"
