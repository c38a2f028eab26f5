"""When each step asked the device for what: the beginning of a load, as QEMU saw it.

QEMU notes each request when it takes it and when it has answered, with the host's clock;
the kernel is the one that is measured elsewhere, and knows nothing of it. Kept is as much
of each load as step 110 needs for all of it.
"""
from __future__ import annotations

import re
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measure import steps
from measure.goldens.experiments import Tell
from measure.problem import Problem
from kernel.measured import emulator, inputs, machine, part as kernel_part
from kernel.measured.inputs import SECTOR
from kernel.measured.part import KernelSubject

WORKLOAD = "elf-24m"
WINDOW = 110  # the fastest step that loads a program before it runs
MOUNTING = range(16)  # sectors of the superblock and the group descriptors
RUNS = 3  # of which the one of median time is kept
EVENT = re.compile(r"\d+@(\d+)\.(\d{6}):virtio_blk_(handle_read|req_complete) vdev \w+ req (\w+)"
                   r"(?: sector (\d+) nsectors (\d+))?")


@dataclass(frozen=True)
class Request:
    start_us: int
    end_us: int
    sector: int
    nsectors: int


@dataclass(frozen=True)
class Load:
    """One load: its requests, and how long it took by the guest's clock."""
    requests: list[Request]
    load_us: int

    @property
    def began_us(self) -> int:
        """When the first block was asked for that mounting had not asked for before."""
        return next(r.start_us for r in self.requests if r.sector not in MOUNTING)


def measure(tell: Tell, budget_seconds: float) -> dict:
    program = inputs.program(WORKLOAD)
    loads, subjects = {}, {}
    for step in steps.all_steps(part="kernel"):
        tell(step.id)
        subjects[step.number] = kernel_part.subject(step, program, machine.main_conditions())
        loads[step.number] = typical(subjects[step.number])
    window_us = loads[WINDOW].load_us
    program_sectors = sectors_of(program.path)
    return {"workload": WORKLOAD, "size_bytes": program.size_bytes, "window_us": window_us,
            "steps": {str(n): beginning(load, window_us, subjects[n].disk.path, program_sectors)
                      for n, load in loads.items()}}


def typical(s: KernelSubject) -> Load:
    loads = [traced(s) for _ in range(RUNS)]
    middle = statistics.median_low(load.load_us for load in loads)
    return next(load for load in loads if load.load_us == middle)


def traced(s: KernelSubject) -> Load:
    with tempfile.TemporaryDirectory(prefix="requests-") as scratch:
        log = Path(scratch) / "log"
        run = emulator.run(s.kernel, s.disk.path, s.words, s.conditions, s.program.memory_mib, more=[
            "-msg", "timestamp=on", "-D", str(log), "-trace", "virtio_blk_handle_read",
            "-trace", "virtio_blk_req_complete"]).check(f"{s.name}, its requests noted")
        found = parse(log.read_text())
    if len(found) != run.counters["virtio.requests"]:
        raise Problem(f"{s.name}: QEMU noted {len(found):,} requests, the kernel counted "
                      f"{run.counters['virtio.requests']:,}")
    return Load(found, run.figures["load.ns"] // 1000)


def parse(log: str) -> list[Request]:
    """Every request that was answered, by its beginning; times in µs of the host's clock."""
    waiting: dict[str, tuple[int, int, int]] = {}
    found = []
    for m in map(EVENT.match, log.splitlines()):
        if m and m[3] == "handle_read":
            waiting[m[4]] = (int(m[1] + m[2]), int(m[5]), int(m[6]))
        elif m and m[4] in waiting:
            start, sector, nsectors = waiting.pop(m[4])
            found.append(Request(start, int(m[1] + m[2]), sector, nsectors))
    return sorted(found, key=lambda r: r.start_us)


# --- what is kept -----------------------------------------------------------------------------


def sectors_of(program: Path) -> set[bytes]:
    content = program.read_bytes()
    return {content[at:at + SECTOR] for at in range(0, len(content), SECTOR)}


def beginning(load: Load, window_us: int, image: Path, program: set[bytes]) -> dict:
    """The requests that began within the window, as columns; which of them are the program's."""
    kept = [r for r in load.requests if 0 <= r.start_us - load.began_us < window_us]
    with open(image, "rb") as f:
        of_program = [_first_sector(f, r) in program for r in kept]
    return {"load_us": load.load_us, "start_us": [r.start_us - load.began_us for r in kept],
            "took_us": [r.end_us - r.start_us for r in kept],
            "nsectors": [r.nsectors for r in kept], "of_program": list(map(int, of_program))}


def _first_sector(image, request: Request) -> bytes:
    image.seek(request.sector * SECTOR)
    return image.read(SECTOR)
