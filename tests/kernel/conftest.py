"""What the tests of the kernel share: the step's programs."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from same_program import of_goal


@pytest.fixture(scope="session")
@of_goal("host")
def host_load(build_goal: Callable[[str], Path]) -> Path:
    """The portable half of the kernel at `step` as a program, under ASan and UBSan."""
    return build_goal("host") / "host" / "load"


@pytest.fixture(scope="session")
@of_goal("kernel")
def kernel_elf(build_goal: Callable[[str], Path]) -> Path:
    """The kernel at `step`, to boot."""
    return build_goal("kernel") / "kernel.elf"
