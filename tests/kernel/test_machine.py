"""The machine under the loader, tested from inside: memory, maps, clock, and what a crash says."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from measure import build
from measure.steps import ROOT
from kernel.measured import emulator, machine
from kernel.measured.emulator import Run

SOURCE = ROOT / "tests" / "kernel" / "guest" / "main.c"
CRASHES = {
    "read_null": "read of 0x8: a null pointer",
    "read_program": "read of 0x400000: the program's half; nothing is mapped there",
    "write_code": "the kernel's code or constants, which are read-only (present, not permitted)",
    "execute_data": "the kernel's data, which is not executable",
    "overflow_stack": "the hole below the kernel's stack: it has overflowed",
    "divide_by_zero": "exception 0, divide error",
    "free_twice": "heap.c:",
}
MUST_WORK = sorted(set(re.findall(r"TEST\((\w+)\),", SOURCE.read_text())) - CRASHES.keys())


@pytest.fixture(scope="session")
def guest() -> Path:
    return build.make("kernel", "build/guest", "STEP=100", "WITHOUT=",
                      "TOP=tests/kernel/guest") / "kernel.elf"


def boot(guest: Path, test: str) -> Run:
    return emulator.run(guest, None, [f"do={test}"], machine.golden_conditions(), 64,
                      limit_seconds=60)


@pytest.mark.parametrize("test", MUST_WORK)
def test_in_the_guest(guest: Path, test: str) -> None:
    run = boot(guest, test)
    assert not run.why_not(), run.why_not()


@pytest.mark.parametrize("test", CRASHES)
def test_a_crash_says_what_happened_and_ends_the_machine(guest: Path, test: str) -> None:
    run = boot(guest, test)
    assert run.exit == emulator.BUG
    assert CRASHES[test] in "\n".join([run.panic, *run.said])


def test_a_crash_names_the_line_it_happened_in(guest: Path, run) -> None:
    crash = boot(guest, "read_null")
    address = re.search(r"at rip (0x[0-9a-f]+)", crash.panic)[1]
    assert run(["addr2line", "-fe", guest, address]).stdout.startswith("read_null\n")
