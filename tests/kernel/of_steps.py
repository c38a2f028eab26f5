"""Claims of some steps only."""
from __future__ import annotations

import pytest

from measure import steps


def at(*numbers: int):
    """A claim of these steps; those behind them have other ones."""
    def claim(test):
        only = pytest.mark.parametrize("step", [steps.find(n) for n in numbers],
                                       ids=lambda s: s.id, indirect=True)
        return pytest.mark.from_step(numbers[0])(only(test))
    return claim


def only_before(number: int):
    """A claim of all steps up to this one."""
    return pytest.mark.parametrize("step", [s for s in steps.all_steps(part="kernel")
                                            if s.number < number],
                                   ids=lambda s: s.id, indirect=True)
