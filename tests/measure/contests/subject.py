"""What a contest needs of anything that it times.

A subject is one build with its input and the conditions that it runs under. A part makes its own:
measured_part.py says how. Whoever runs it enters it first and leaves it afterwards, so that it can hold
something open between its runs; in a contest all subjects are open at once, as they take turns.
"""
from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from measure.contests import counts
from measure.steps import Step

FLOOR = "floor"  # the name of what shows how little the same work can take

Progress = Callable[[int], None]  # percent


def silent(percent: int) -> None:
    """Progress that nobody wants to see."""


class Input(Protocol):
    """What is read: a file, or a folder of files."""
    name: str         # the workload's
    path: Path
    sha256: str
    substitute: bool  # it stands in for what could not be had
    size_bytes: int
    delivered_bytes: int  # how many of them reach the one who asked


class Run(Protocol):
    """What came of one run that ended well."""
    seconds: float
    counters: dict[str, int]

    def doubt(self, first: Run) -> str:
        """Why its time cannot stand beside that of the first run; "" when it can."""


class Proof(NamedTuple):
    """That a subject does its work right."""
    checked: str  # "loads bun byte for byte: 26,211 pages of 4,096 bytes"
    output: str   # what every other build must give too; "" where it was all checked


class Subject(ABC):
    name: str   # "101-block-cache", or FLOOR
    title: str
    step: Step | None  # None for the floor
    input: Input
    folder: Path       # where it was built: run.json goes there

    @property
    @abstractmethod
    def about(self) -> str:
        """The input, and what else a time depends on, in a line for people."""

    def __enter__(self) -> Self:
        """Make ready what its runs share and what lives between them: a mount, a server."""
        return self

    def __exit__(self, *why: object) -> None:
        """And take it down."""

    @abstractmethod
    def run(self, on_progress: Progress = silent) -> Run:
        """One run, of a subject that has been entered; Problem unless it ends as it should."""

    @abstractmethod
    def prove(self, on_progress: Progress = silent) -> Proof:
        """Run once and check what came of it; Problem if it is wrong."""

    @abstractmethod
    def floor(self) -> Subject | None:
        """The least that the same work can take here; None where nobody can say."""

    @abstractmethod
    def twin_of(self, other: Subject) -> bool:
        """Whether both are the same code and read the same bytes: then their times cannot differ."""

    @abstractmethod
    def describe_input(self) -> dict:
        """What golden.json keeps of the input."""

    @abstractmethod
    def describe_machine(self) -> dict:
        """What golden.json keeps of where, and under which conditions, it was measured."""

    def processes(self) -> list[int]:
        """Which of our own processes work for it beside its runs, and live on."""
        return []

    @property
    @abstractmethod
    def condition(self) -> str:
        """The one of its part's conditions that it runs under."""

    @abstractmethod
    def moved(self, to: Path) -> Subject:
        """The same with a copy of its input in the folder `to`: other places on the disk and in
        memory. Subjects that are moved to one folder share the copy.
        """

    @property
    def tolerances(self) -> counts.Tolerances:
        return counts.tolerances(self.step) if self.step else {}


def copied(path: Path, to: Path, files: Sequence[str] = ()) -> Path:
    """A copy of the file, or of a folder's `files`, in the folder `to`; made once."""
    copy = to / path.name
    if path.is_file():
        if not copy.exists():
            shutil.copy2(path, copy)
        return copy
    copy.mkdir(exist_ok=True)
    for name in files:
        copied(path / name, copy)
    return copy
