"""Part 1: a kernel, the program that it loads, the disk that holds it, and QEMU."""
from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import steps
from measure.contests import kept
from measure.contests.measured_part import MeasuredPart
from measure.contests.subject import FLOOR as FLOOR_NAME, Progress, Proof, Subject, copied, silent
from measure.machine import talk
from measure.problem import Problem
from measure.steps import Step
from kernel.measured import emulator, inputs, kernels, machine, pages
from kernel.measured.emulator import Conditions, Run
from kernel.measured.inputs import Disk, Program
from kernel.measured.programs import PAGE, load_segments

FLOOR = "the same bytes, nothing but read"
SHOWN_DIFFERENCES = 8


@dataclass(frozen=True)
class KernelSubject(Subject):
    name: str
    title: str
    step: Step | None
    kernel: Path
    program: Program
    disk: Disk
    words: tuple[str, ...]  # the kernel's parameters
    conditions: Conditions
    limit_seconds: float = emulator.LIMIT_SECONDS

    @property
    def input(self) -> Program:
        return self.program

    @property
    def folder(self) -> Path:
        return self.kernel.parent

    @property
    def condition(self) -> str:
        return self.conditions.aio

    def moved(self, to: Path) -> KernelSubject:
        path = copied(self.disk.path, to)
        return dataclasses.replace(self, disk=dataclasses.replace(self.disk, path=path))

    @property
    def about(self) -> str:
        c = self.conditions
        return (f"{self.program.name}, {self.program.size_bytes:,} bytes; {self.disk.about}; "
                f"{c.accel}, {c.aio}, {c.cache}, {self.program.memory_mib} MiB")

    def run(self, on_progress: Progress = silent, *more: str) -> Run:
        done = emulator.run(self.kernel, self.disk.path, [*self.words, *more], self.conditions,
                          self.program.memory_mib, limit_seconds=self.limit_seconds,
                          on_progress=on_progress)
        return done.check(f"{self.name} with {self.program.name}")

    def prove(self, on_progress: Progress = silent) -> Proof:
        """Load once with verify=1 and compare every page with the file."""
        run = self.run(on_progress, "verify=1")
        expected = pages.expected_pages(self.program.path)
        wrong = pages.compare(expected, run.pages, load_segments(self.program.path))
        if wrong:
            more = len(wrong) - SHOWN_DIFFERENCES
            shown = wrong[:SHOWN_DIFFERENCES] + ([f"and {more:,} more pages"] if more > 0 else [])
            raise Problem("\n  ".join([f"{self.name} loads {self.program.name} wrong:", *shown]))
        return Proof(f"loads {self.program.name} byte for byte: {len(expected):,} pages of "
                     f"{PAGE:,} bytes", "")

    def floor(self) -> KernelSubject:
        """The guest that reads the same bytes from a disk that holds nothing else."""
        with talk.waiting("Building the floor"):
            built = kernels.floor()
        return KernelSubject(FLOOR_NAME, FLOOR.capitalize(), None, built, self.program,
                             inputs.plain_disk(self.program), (), self.conditions)

    def twin_of(self, other: Subject) -> bool:
        return self.disk.sha256 == other.disk.sha256 and same_code(self.kernel, other.kernel)

    def describe_input(self) -> dict:
        return {"sha256": self.program.sha256, "size_bytes": self.program.size_bytes,
                "delivered_bytes": self.program.delivered_bytes,
                "image_sha256": self.disk.sha256, "image": self.disk.about}

    def describe_machine(self) -> dict:
        return machine.describe(self.conditions, self.program.memory_mib, self.program.path)


def same_code(a: Path, b: Path) -> bool:
    """Whether two kernels are the same bytes in memory, whatever their debug information."""
    def loaded(path: Path) -> list[tuple[int, bytes]]:
        content = path.read_bytes()
        return [(s.address, content[s.offset:s.offset + s.file_size]) for s in load_segments(path)]

    return loaded(a) == loaded(b)


def words_of(step: Step, *, without: Sequence[int] = ()) -> tuple[str, ...]:
    """What the kernel is told to do when it is measured."""
    return tuple(steps.measured_with(step, without=without).get("words", ()))


def image_options(step: Step, *, without: Sequence[int] = ()) -> dict:
    """How the image that the step reads is made."""
    return steps.measured_with(step, without=without).get("image", {})


def subject(step: Step, program: Program, conditions: Conditions, *, disk: Disk | None = None,
            without: Sequence[int | str] = (), words: Sequence[str] | None = None
            ) -> KernelSubject:
    """words: more parameters for the kernel; by default what the step itself is measured with."""
    left_out = [steps.find(s).number for s in without]
    with talk.waiting(f"Building step {step.id}"):
        built = kernels.of_step(step, without=left_out)
    disk = disk or inputs.disk(program, image_options(step, without=left_out))
    if words is None:
        words = words_of(step, without=left_out)
    return KernelSubject(step.id, step.toml["title"], step, built, program, disk,
                         (emulator.word("load", disk.file), *words), conditions)


SMALL = "elf-24m"


class KernelPart(MeasuredPart):
    # Of conditions only the class counts: the same emulator, and whose bytes are where.
    MUST_HOLD = ("architecture", "accelerator", "filesystem", "cache")
    CONDITIONS = ("io_uring", "threads")  # how QEMU reads; the first is quieter: no thread must wake up
    REAL = "bun"
    UNIT = "request"
    FLOOR = FLOOR
    CHECK_SECONDS = 90

    def conditions_of(self, workload: str) -> tuple[str, ...]:
        """Those that this machine has; only the small program is quick enough for more than one."""
        there = self.CONDITIONS[self.CONDITIONS.index(machine.main_conditions().aio):]
        return there if workload == SMALL else there[:1]

    def of_step(self, step: Step, workload: str, *, condition: str = "",
                without: Sequence[int | str] = (), like: Step | None = None) -> KernelSubject:
        """The kernel of `step`, built, with the image that the step reads."""
        conditions = machine.golden_conditions(condition) if condition else machine.conditions()
        return subject(step, inputs.program(workload), conditions, without=without,
                       words=words_of(like) if like else None)

    def around(self, folder: Path, name: str, step: Step, like: Step, workload: str,
               limit_seconds: float) -> KernelSubject:
        program = inputs.program(workload)
        disk = inputs.disk(program, image_options(like))
        return KernelSubject(name, "", step, folder / "kernel.elf", program, disk,
                             (emulator.word("load", disk.file), *words_of(like)),
                             machine.conditions(), limit_seconds)

    def asked_for(self, step: Step, options: argparse.Namespace) -> KernelSubject:
        """ELF=, or IMAGE= with FILE=, or WORKLOAD=, or the step's own workload; TOUCH=."""
        disk = None
        if options.image or options.file:
            if not (options.image and options.file):
                raise Problem("IMAGE=disk.img and FILE=/path/in/it are wanted together")
            program, disk = inputs.own_disk(Path(options.image), options.file)
        elif options.elf:
            program = inputs.own_program(Path(options.elf))
        else:
            program = inputs.program(options.workload or step.toml["workload"])
        return subject(step, program, machine.conditions(), disk=disk,
                       without=options.without.split(),
                       words=(f"touch={options.touch}",) if options.touch else None)

    def is_compared(self, workload: str) -> bool:
        return inputs.workload(workload).real

    def every_input(self) -> Iterator[Program]:
        return (inputs.program(name) for name in inputs.WORKLOADS)

    def requests(self, counters: dict[str, int]) -> int | None:
        return counters.get("virtio.requests")

    def nbytes(self, counters: dict[str, int]) -> int | None:
        return counters.get("virtio.bytes")

    def caption(self, golden: dict) -> str:
        where, size = golden["machine"], golden["input"]["size_bytes"]
        qemu = f"QEMU {where['qemu'].split()[0]} ({where['accelerator']})"
        return f"{golden['workload']}, {size:,} bytes; {qemu}; {where['cpu']}"

    def trace(self, step: Step) -> dict:
        from kernel.measured import run_trace
        return run_trace.golden_trace(step)

    def manner(self, step: Step) -> tuple[str, ...]:
        return words_of(step)

    def describe_machine(self) -> dict:
        said = machine.describe(machine.main_conditions(), 0, kept.INPUTS)
        return {k: v for k, v in said.items() if k != "memory_mib"}

    def goals(self) -> list:
        from kernel.measured import goals
        return goals.GOALS

    def probe(self) -> list[str]:
        found = machine.probe().items()
        return [*(f"{name}: {'usable' if f['usable'] else 'not usable'}: {f['why']}"
                  for name, f in found), f"measuring with {machine.conditions().qemu_options}"]

    def peers(self, workload: str) -> None:
        from kernel.measured import peers
        peers.show(workload)

    def timeline(self, step: Step, workload: str) -> list[Path]:
        from kernel.measured import run_trace
        return run_trace.write(step, workload or None)


PART = KernelPart()
