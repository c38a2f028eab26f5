"""A suite runs once for each distinct program; the other steps say whose result is theirs.

Two steps can be the same program: what 102 changes, the kernel's portable half knows nothing of. A
test that asks its step for programs only then runs at the first of them, and its result counts for
the others, passed or failed. Which those are stands in the closing lines of pytest.

A fixture that builds says of which goal it gives the program, under @pytest.fixture:

    @of_goal("host")
    def host_load(build_goal): ...

A test runs for each step as soon as it, or a fixture that it needs, reads `step` (many only take it, to
be run at each), uses `build_goal` without such a word, or could look at its step through `request`.
"""
from __future__ import annotations

import copy
import dis
import functools
from collections import Counter
from collections.abc import Callable, Hashable, Iterable

import pytest

from measure import build, steps
from measure.problem import Problem

LOOKS_AROUND = {"getfixturevalue", "node", "fixturenames", "_pyfuncitem"}  # request's ways to the step
PROPERTY = "also the result of"


def of_goal(*goals: str) -> Callable:
    """The fixture gives programs of these goals of src/build.mk, and nothing else of its step."""
    def mark(fixture: Callable) -> Callable:
        fixture.goals = goals
        return fixture
    return mark


def goals_of(item: pytest.Item) -> set[str] | None:
    """The goals whose programs this test speaks of; None if it may ask for more of its step."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or not isinstance(callspec.params.get("step"), steps.Step):
        return None
    if asks_its_step(item.function, item._fixtureinfo.argnames):
        return None
    goals = set()
    for name, fixtures in item._fixtureinfo.name2fixturedefs.items():
        for fixture in fixtures if name not in ("step", "build_goal") else ():
            if named := getattr(fixture.func, "goals", None):
                goals.update(named)
            elif asks_its_step(fixture.func, fixture.argnames):
                return None
    return goals or None


def asks_its_step(function: Callable, argnames: Iterable[str]) -> bool:
    """
    Whether it may learn something of its step, or build what nobody named. Many tests take `step` only
    to run at each, and never read it. pytest's own (tmp_path) ask `request` for a name at most.
    """
    if function.__module__.startswith("_pytest."):
        return False
    code = getattr(function, "__code__", None)
    if code is None or not set(argnames) <= set(code.co_varnames):  # hidden behind a wrapper
        return True
    return bool("request" in argnames and LOOKS_AROUND & set(code.co_names)
                or {"step", "build_goal"} & {i.argval for i in dis.get_instructions(code)
                                             if isinstance(i.argval, str)})


@functools.cache
def identity(step: int, goal: str) -> str:
    """A sum over all that the goal's programs are made of. One that cannot be said is nobody else's."""
    try:
        return build.identity(goal, step)
    except Problem:
        return f"step {step}"


def claim(item: pytest.Item) -> Hashable:
    """What the test says, whichever step it is said of."""
    others = sorted((name, repr(value)) for name, value in item.callspec.params.items()
                    if name != "step")
    return item.path, item.function.__qualname__, tuple(others)


def shares(items: list[pytest.Item],
           sum_of: Callable[[int, str], str]) -> dict[pytest.Item, list[pytest.Item]]:
    """Tests whose result is also that of others, with those."""
    claims: dict[Hashable, list[tuple[pytest.Item, set[str]]]] = {}
    for item in items:
        if (goals := goals_of(item)) is not None:
            claims.setdefault((claim(item), tuple(sorted(goals))), []).append((item, goals))
    found = {}
    for same_claim in claims.values():
        owners: dict[Hashable, pytest.Item] = {}
        for item, goals in sorted(same_claim, key=lambda i: i[0].callspec.params["step"].number):
            if len(same_claim) == 1:
                continue
            number = item.callspec.params["step"].number
            owner = owners.setdefault(tuple(sum_of(number, g) for g in sorted(goals)), item)
            if owner is not item:
                found.setdefault(owner, []).append(item)
    return found


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of what is left to run. A list of tests (--collect-only) names all."""
    if config.option.collectonly:
        return
    shared = shares(items, identity)
    for owner, others in shared.items():
        owner.user_properties.append((PROPERTY, [
            (other.nodeid, owner.callspec.params["step"].number,
             other.callspec.params["step"].number) for other in others]))
    gone = {other for others in shared.values() for other in others}
    items[:] = [item for item in items if item not in gone]


# --- where the results arrive ------------------------------------------------------------------


class Reporter:
    """Counts the owner's result for each of the others, under their names."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.whose: Counter[tuple[int, int]] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        others = next((v for name, v in report.user_properties if name == PROPERTY), ())
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        category = self.config.hook.pytest_report_teststatus(report=report, config=self.config)[0]
        if not category or terminal is None:
            return
        for nodeid, owner, other in others:
            result = copy.copy(report)
            result.nodeid = f"{nodeid} (same program as {owner})"
            if report.failed:
                result.longrepr = f"the same program as at step {owner}: {report.nodeid} failed"
                result.sections = []
            terminal.stats.setdefault(category, []).append(result)
            self.whose[owner, other] += 1

    def pytest_terminal_summary(self, terminalreporter) -> None:
        for (owner, other), n in sorted(self.whose.items()):
            terminalreporter.write_line(
                f"{other}: {n:,} results are those of {owner}, which is the same program there")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(config), "same program")
