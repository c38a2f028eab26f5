"""Every step with little memory: what does not fit is told so at once, what just fits is loaded.

Programs are large by their zeroes and files by their holes, so that nothing here is large.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import elf_files
from elf_files import PAGE, Segment, pattern
from measure import steps
from kernel.measured import emulator, machine
from kernel.measured.emulator import Run
from kernel.measured.images import make_image

MIB = 1 << 20
NEEDS = re.compile(r"/program: needs (\d+) MiB of memory, (\d+) MiB are free; "
                   r"its segment at 0x400000 alone has \d+ MiB \(ENOMEM: .*\)")
PAGES_A_TABLE = 512
TABLES_ABOVE = 2           # of the levels above the last, for a program of less than 1 GiB
ON_THE_WAY = 384 << 10     # bytes that loading may take besides pages and tables
DATA = pattern(5 * PAGE + 123)

Boot = Callable[..., Run]


def at(*numbers: int):
    """A claim of these steps only; 0: of the first one, -1: of the last."""
    every = steps.all_steps(part="kernel")
    chosen = [s for i, s in enumerate(every) if s.number in numbers
              or i in numbers or i - len(every) in numbers]
    return pytest.mark.parametrize("step", chosen, ids=lambda s: s.id, indirect=True)


@pytest.fixture
def boot(kernel_elf: Path, tmp_path: Path) -> Boot:
    def run(memory_mib: int, npages: int, *, file_size: int = 0) -> Run:
        """A program of so many pages, in a file that is at least so long."""
        program = [Segment(0x400000, DATA, memsz=npages * PAGE, prot="rw")]
        file = elf_files.write_sparse(tmp_path / "file", program, size=file_size)
        make_image(tmp_path / "image", {"/program": file}, block_size=4096, size_mib=8)
        return emulator.run(kernel_elf, tmp_path / "image", ["load=/program", "touch=100"],
                          machine.golden_conditions(), memory_mib, limit_seconds=150)
    return run


def besides_pages(npages: int) -> int:
    """Pages that loading so many may take besides them."""
    return npages // PAGES_A_TABLE + 2 + TABLES_ABOVE + ON_THE_WAY // PAGE


def check_border(boot: Boot, memory_mib: int) -> None:
    """Programs as large as memory, and as what the kernel then says is free of it."""
    npages = memory_mib * MIB // PAGE
    refused = boot(memory_mib, npages)
    assert refused.exit == emulator.REPORTED and len(refused.errors) == 1, refused.errors
    needs, free = (int(n) for n in NEEDS.fullmatch(refused.errors[0]).groups())
    assert memory_mib <= needs <= memory_mib + besides_pages(npages) * PAGE // MIB + 1
    assert memory_mib * 0.9 < free < memory_mib
    assert refused.counters["page.peak"] < (memory_mib - free + 1) * MIB // PAGE

    fitting = free * MIB // PAGE - besides_pages(npages)
    loaded = boot(memory_mib, fitting).check(f"{fitting} pages with {memory_mib} MiB")
    took = loaded.counters["page.peak"] - refused.counters["page.peak"]
    assert took <= fitting + besides_pages(fitting), "more than a load is to take"


def test_a_program_loads_exactly_if_what_it_needs_is_free(step, boot):
    check_border(boot, 128)


@at(0, 106, 108, -1)
@pytest.mark.parametrize("memory_mib", [256, 512])
def test_so_it_does_with_more_memory(step, boot, memory_mib):
    check_border(boot, memory_mib)


@at(106, 107)
@pytest.mark.parametrize("memory_mib, whole", [(128, False), (256, True)])
def test_a_file_of_100_mib_is_read_whole_where_its_pages_leave_room(step, boot, memory_mib, whole):
    run = boot(memory_mib, 60 * MIB // PAGE, file_size=100 * MIB).check(f"{memory_mib} MiB")
    assert (run.counters["elf.read_at"] == 0) == whole
    assert run.counters["page.peak"] < memory_mib * MIB // PAGE


@at(103, 108, -1)
@pytest.mark.parametrize("memory_mib", [128, 256])
def test_a_long_file_takes_no_memory(step, boot, memory_mib):
    """Before and behind the steps that read it whole, where it fits."""
    long = boot(memory_mib, 90 * MIB // PAGE, file_size=100 * MIB).check("100 MiB of file")
    short = boot(memory_mib, 90 * MIB // PAGE, file_size=17 * MIB).check("17 MiB of file")
    assert long.counters["page.peak"] == short.counters["page.peak"]
