"""What a part says of how it is measured: a class in tests/PART/measured/part.py, and PART, the one
object of it. What has a body here need not be said by a part that has nothing to say.
"""
from __future__ import annotations

import argparse
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

from measure.contests.subject import Input, Subject
from measure.problem import Problem
from measure.steps import Step


class MeasuredPart(ABC):
    MUST_HOLD: tuple[str, ...]    # keys of golden.json's "machine" without which no ratio is gated
    CONDITIONS: tuple[str, ...] = ("plain",)  # what goldens are recorded under; the first is the main one
    REAL: str                     # the workload of `make demo`
    UNIT: str                     # what its ladder counts beside the time, in the singular
    FLOOR: str                    # what the floor does, in a few words
    CHECK_SECONDS: float          # the time that check_ratio() may take for a step

    @property
    def name(self) -> str:
        """Its folders'."""
        return type(self).__module__.partition(".")[0]

    # --- subjects ---

    @abstractmethod
    def of_step(self, step: Step, workload: str, *, condition: str = "",
                without: Sequence[int | str] = (), like: Step | None = None) -> Subject:
        """The subject, built.

        condition: under that one of CONDITIONS; "": under the best that this machine has
        like: the step that it is compared with, and whose manner it takes
        """

    @abstractmethod
    def around(self, folder: Path, name: str, step: Step, like: Step, workload: str,
               limit_seconds: float) -> Subject:
        """One that was built elsewhere, with the input that the step `like` has."""

    @abstractmethod
    def asked_for(self, step: Step, options: argparse.Namespace) -> Subject:
        """What `make run-N` was asked to run."""

    def manner(self, step: Step) -> tuple:
        """What must be the same in two steps for their times to be of the same thing; () for most.

        A step that is measured in a manner of its own is compared with a step that takes it, too.
        """
        return ()

    # --- workloads ---

    def conditions_of(self, workload: str) -> tuple[str, ...]:
        """Under which of CONDITIONS this machine can record this workload."""
        return self.CONDITIONS

    def is_compared(self, workload: str) -> bool:
        """Whether a further workload of a golden gets ratios, too, and not only counters."""
        return True

    @abstractmethod
    def every_input(self) -> Iterator[Input]:
        """Made or fetched."""

    # --- counters ---

    @abstractmethod
    def requests(self, counters: dict[str, int]) -> int | None:
        """How many UNITs, or None."""

    @abstractmethod
    def nbytes(self, counters: dict[str, int]) -> int | None:
        """How many bytes these moved, or None."""

    # --- the record ---

    @abstractmethod
    def caption(self, golden: dict) -> str:
        """What a golden was measured with, in a line."""

    @abstractmethod
    def describe_machine(self) -> dict:
        """Where an experiment ran: what golden.json says, but for what is the experiment's affair."""

    def trace(self, step: Step) -> dict | None:
        """What golden.json keeps of one run's timeline, or None."""
        return None

    def reached(self) -> str:
        """What it has come to, in a line for the first page; "": the ends of its ladder on REAL say it."""
        return ""

    def goals(self) -> list:
        """What it must reach in the end: goals.Goal, judged by a ladder, and goals.Recorded."""
        return []

    # --- verbs ---

    def probe(self) -> list[str]:
        """make probe: try again what this machine can measure with; what was found, in lines."""
        return []

    def peers(self, workload: str) -> None:
        """make peers: what others take for the same work."""
        raise Problem(f"the part {self.name} has no peers yet")

    def timeline(self, step: Step, workload: str) -> list[Path]:
        """make trace-N: one run as a timeline; the files that have it."""
        raise Problem(f"no timeline for part {self.name} yet")
