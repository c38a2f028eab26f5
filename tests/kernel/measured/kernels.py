"""Kernels, built: of a step, with a layer above it, and the one that only reads."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from measure import build
from measure.steps import Step


def of_step(step: Step, *, without: Sequence[int] = ()) -> Path:
    return build.of_step("kernel", step, without=without) / "kernel.elf"


def under(layer: str, step: Step) -> Path:
    """Build the kernel of `step` with src/kernel/`layer` above it."""
    return build.make("kernel", f"build/{step.number}-{layer}", f"STEP={step.number}", "WITHOUT=",
                f"TOP=src/kernel/{layer}") / "kernel.elf"


def floor() -> Path:
    """Build the guest that only reads, or only counts."""
    return build.make("kernel", "build/floor", "STEP=100", "WITHOUT=", "TOP=src/kernel/floor"
                ) / "kernel.elf"
