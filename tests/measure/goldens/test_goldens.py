"""Every step still does what its golden.json says: exact counts, and the ratio of times."""
from __future__ import annotations

import pytest

from measure import steps
from measure.goldens import golden
from measure.problem import Problem

AFTER_THE_FIRST = [s for s in steps.all_steps() if not s.first]


def answer(ask, step):
    """What `ask` says about the step; a Problem fails the test in its own words."""
    try:
        return ask(step)
    except Problem as e:
        why = str(e)
    pytest.fail(why, pytrace=False)


def test_counters_are_those_of_the_golden(step) -> None:
    if wrong := answer(golden.check_counters, step):
        pytest.fail(f"{step.id} does not count what its golden.json says. If the change is meant, "
                    f"`make golden-{step.number}` records it.\n" + "\n".join(wrong), pytrace=False)


@pytest.mark.measured
@pytest.mark.timeout(900)
@pytest.mark.parametrize("step", AFTER_THE_FIRST, ids=lambda s: s.id, indirect=True)
def test_the_ratio_is_not_below_its_floor(step) -> None:
    gate = answer(golden.check_ratio, step)
    if gate.outcome == "fail":
        pytest.fail(f"{step.id}: {gate.why}. Is the machine busy? `make bench` shows every step.",
                    pytrace=False)
    if gate.outcome in ("inconclusive", "shown"):
        pytest.skip(f"{step.id}: {gate.outcome}: {gate.why}")
