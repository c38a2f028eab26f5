"""Something that can be run and timed: a kernel, what it loads, and under which conditions."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import build, counts, inputs, kernel, pages, steps, talk
from measure.inputs import Disk, Program
from measure.kernel import Conditions, Progress, Run
from measure.problem import Problem
from measure.programs import load_segments
from measure.steps import Step

FLOOR = "floor"
SHOWN_DIFFERENCES = 8


@dataclass(frozen=True)
class Subject:
    name: str  # "101-block-cache", or FLOOR
    title: str
    step: Step | None  # None for the floor
    kernel: Path
    program: Program
    disk: Disk
    words: tuple[str, ...]  # the kernel's parameters
    conditions: Conditions

    def run(self, *more: str, on_progress: Progress = lambda percent: None) -> Run:
        """One run; Problem unless it ends as it should."""
        done = kernel.run(self.kernel, self.disk.path, [*self.words, *more], self.conditions,
                          self.program.memory_mib, on_progress=on_progress)
        return done.check(f"{self.name} with {self.program.name}")

    @property
    def tolerances(self) -> counts.Tolerances:
        return counts.tolerances(self.step) if self.step else {}


def of_step(step: Step, program: Program, conditions: Conditions, *, disk: Disk | None = None,
            without: Sequence[int | str] = ()) -> Subject:
    """The kernel of `step`, built, with the image that the step reads."""
    if step.part != "kernel":
        raise Problem(f"{step.id}: the {step.part} part cannot be measured yet")
    left_out = [steps.find(s).number for s in without]
    with talk.waiting(f"Building step {step.id}"):
        built = build.kernel(step, without=left_out)
    disk = disk or inputs.disk(program, steps.image_options(step, without=left_out))
    return Subject(step.id, step.toml["title"], step, built, program, disk,
                   (f"load={disk.file}",), conditions)


def floor_of(subject: Subject) -> Subject:
    """The guest that reads the same bytes from a disk that holds nothing else."""
    with talk.waiting("Building the floor"):
        built = build.floor()
    disk = inputs.plain_disk(subject.program)
    return Subject(FLOOR, "The same bytes, nothing but read", None, built, subject.program, disk,
                   (), subject.conditions)


def prove(subject: Subject, on_progress: Progress = lambda percent: None) -> int:
    """Load once with verify=1 and compare every page with the file; returns how many there are."""
    run = subject.run("verify=1", on_progress=on_progress)
    expected = pages.expected_pages(subject.program.path)
    wrong = pages.compare(expected, run.pages, load_segments(subject.program.path))
    if wrong:
        more = len(wrong) - SHOWN_DIFFERENCES
        shown = wrong[:SHOWN_DIFFERENCES] + ([f"and {more:,} more pages"] if more > 0 else [])
        raise Problem("\n  ".join([f"{subject.name} loads {subject.program.name} wrong:", *shown]))
    return len(expected)


def same_code(a: Path, b: Path) -> bool:
    """Whether two kernels are the same bytes in memory, whatever their debug information."""
    def loaded(path: Path) -> list[tuple[int, bytes]]:
        content = path.read_bytes()
        return [(s.address, content[s.offset:s.offset + s.file_size]) for s in load_segments(path)]

    return loaded(a) == loaded(b)
