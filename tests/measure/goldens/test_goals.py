"""Goals: what must be reached is judged from the run alone."""
from __future__ import annotations

from pathlib import Path

import pytest

from measure.goldens import goals
from measure.problem import Problem
from kernel.measured import goals as of_kernel

PROGRAM = Path("a program of 100 pages")


@pytest.fixture(autouse=True)
def hundred_pages(monkeypatch):
    monkeypatch.setattr(of_kernel, "load_segments", lambda program: program)
    monkeypatch.setattr(of_kernel, "memory_bytes", lambda program: 100 * of_kernel.PAGE)


def row(name: str, seconds: float, peak: int = 100) -> dict:
    return {"step": name, "seconds": seconds, "counters": {"page.peak": peak}}


def judged(workload: str, last: float, floor: float, peak: int = 100) -> list[bool]:
    rows = [row("110-b", last, peak), row("floor", floor)]
    return [g["reached"] for g in goals.judged("kernel", workload, rows, PROGRAM)]


@pytest.mark.parametrize("last, floor, peak, reached", [
    (0.03, 0.02, 100 + 256, [True, True]), (0.031, 0.02, 100, [False, True]),
    (0.03, 0.02, 100 + 257, [True, False])])
def test_each_goal_is_reached_at_its_limit_and_missed_beyond_it(last, floor, peak, reached) -> None:
    assert judged("bun", last, floor, peak) == reached


def test_a_small_program_may_be_farther_from_the_floor_than_a_large_one() -> None:
    assert judged("elf-24m", 0.02, 0.01) == [True]
    assert judged("elf-24m", 0.021, 0.01) == [False]


def test_a_goal_whose_steps_were_not_measured_says_nothing() -> None:
    found = goals.judged("kernel", "bun", [row("110-b", 0.02), row("floor", 0.02)], PROGRAM)
    assert [g["goal"] for g in found] == ["110 against the floor",
                                          "memory at 110 beyond the program's pages"]


def test_another_workload_has_no_goals_of_this_one() -> None:
    assert goals.judged("kernel", "tea", [row("110-b", 1), row("floor", 1)], PROGRAM) == []


def test_the_table_says_goal_wanted_measured_and_outcome() -> None:
    rows = [row("110-b", 0.02), row("floor", 0.01)]
    line = goals.table(goals.judged("kernel", "bun", rows, PROGRAM)).plain().splitlines()[1]
    assert line.startswith("110 against the floor ")
    assert "at most 1.5 ×" in line and "2 ×" in line and line.endswith("missed")


# --- those of experiments ----------------------------------------------------------------------------


MATRIX = {"worst": {"cells": 96, "times_best": 1.02}}
PEERS = {"tokens": {"fgetc": {"ratio": {"median": 1.9}}, "memory": {"ratio": {"median": 0.95}}},
         "copy-xfs": {"times_as_long": 1.1, "500m": {"counters": {"copied.bytes": 0}}},
         "copy-btrfs": {"not": "mkfs.btrfs is not installed"}}


@pytest.fixture
def measured(monkeypatch):
    """Puts what experiments found in place of what is recorded."""
    def put(**found: dict) -> list[tuple[str, bool]]:
        def load(part: str, name: str) -> dict:
            if name not in found:
                raise Problem(f"{name} is not recorded yet")
            return found[name]

        monkeypatch.setattr(goals.experiments, "load", load)
        return [(g["goal"], g["reached"]) for g in goals.judged("stdio", "any", [], PROGRAM)]

    return put


def test_goals_of_experiments_are_judged_by_what_is_recorded(measured) -> None:
    assert measured(matrix=MATRIX, peers=PEERS) == [
        ("worst cell, against the best peer (recorded)", True),
        ("copy on xfs: 500 MB against 64 MB (recorded)", True),
        ("copy on xfs: bytes that are copied (recorded)", True),
        ("tokens of 50 files against fgetc (recorded)", False),
        ("tokens of 50 files against memory (recorded)", True)]


@pytest.mark.parametrize("of_limit, reached", ((1, True), (1.0001, False)))
def test_memory_must_stay_under_the_limit(measured, of_limit, reached) -> None:
    assert measured(limit={"of_limit": of_limit}) == [
        ("held, of 100,000 files staged in turn (recorded)", reached)]


def test_what_no_experiment_has_measured_is_no_goal_reached_or_missed(measured) -> None:
    assert measured() == []
    assert measured(matrix={"worst": {"cells": 0}}) == []


def test_the_goals_of_experiments_are_of_their_part_alone(measured) -> None:
    measured(matrix=MATRIX, peers=PEERS)
    assert goals.judged("kernel", "any", [], PROGRAM) == []
