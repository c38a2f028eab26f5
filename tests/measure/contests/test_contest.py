"""A contest keeps its subjects open while they take turns, and no longer."""
from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from measure.contests.contest import Contest
from measure.contests.subject import Proof
from measure.machine.hosted import Run
from measure.problem import Problem


class Held:
    """A subject that holds something open between its runs; a log says what happened."""

    def __init__(self, name: str, log: list[str], fails: bool = False) -> None:
        self.name, self.log, self.fails = name, log, fails
        self.input, self.tolerances, self.open = SimpleNamespace(name="x"), {}, False

    def __enter__(self):
        self.open = True
        self.log.append(f"open {self.name}")
        return self

    def __exit__(self, *why) -> None:
        self.open = False
        self.log.append(f"close {self.name}")

    def processes(self) -> list[int]:
        return []

    def prove(self, on_progress) -> Proof:
        assert self.open
        return Proof("is right", "same")

    def run(self, on_progress) -> Run:
        assert self.open
        self.log.append(self.name)
        if self.fails:
            raise Problem("it broke")
        return Run(1.0, {}, "")


def test_all_subjects_are_open_from_the_first_turn_to_the_last() -> None:
    log: list[str] = []
    Contest([Held("a", log), Held("b", log)]).measure(lambda: True, 0, least=2)
    assert (log[:2], log[-2:]) == (["open a", "open b"], ["close b", "close a"])
    turns = "".join(name for name, _ in itertools.groupby(log[2:-2]))  # a disturbed run is taken again
    assert turns == "aba"


def test_what_fails_leaves_nothing_open() -> None:
    log: list[str] = []
    with pytest.raises(Problem, match="it broke"):
        Contest([Held("a", log), Held("b", log, fails=True)]).measure(lambda: True, 0, least=2)
    assert log[-2:] == ["close b", "close a"]


def test_a_subject_is_open_when_it_is_proven() -> None:
    log: list[str] = []
    Contest([Held("a", log), Held("b", log)]).prove()
    assert log == ["open a", "close a", "open b", "close b"]
