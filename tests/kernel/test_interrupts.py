"""src/kernel/interrupts over a step: the kernel sleeps until the device interrupts."""
from __future__ import annotations

from pathlib import Path

import pytest

from measure import steps
from kernel.measured import emulator, kernels, machine
from kernel.measured.emulator import Run
from kernel.measured.images import make_image
from kernel.measured.pages import compare, expected_pages
from kernel.measured.programs import elf_from_seed, load_segments

MEMORY_MIB = 64
SECONDS = 60
OVER = pytest.mark.parametrize("step", [s for s in steps.all_steps(part="kernel")
                                        if s.number in (100, 104, 109, 110)],
                               ids=lambda s: s.id, indirect=True)

# Where the device's line leads differs: the second I/O APIC, the first, and there elsewhere.
MACHINES = {"two I/O APICs": "", "one": ",ioapic2=off", "no ACPI": ",acpi=off"}
POOR = ["-global", "virtio-blk-device.indirect_desc=off",
        "-global", "virtio-blk-device.event_idx=off"]


@pytest.fixture
def sleeper(step: steps.Step) -> Path:
    return kernels.under("interrupts", step)


@pytest.fixture(scope="session")
def disk(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("interrupts")
    elf_from_seed(folder / "program", 400_000, seed=13)
    make_image(folder / "image", {"/program": folder / "program"}, block_size=4096)
    return folder / "image"


def boot(kernel_elf: Path, disk: Path | None, *words: str, drive: str | None = None) -> Run:
    return emulator.run(kernel_elf, disk, ["load=/program", *words], machine.golden_conditions(),
                      MEMORY_MIB, limit_seconds=SECONDS, drive=drive)


def check_pages(run: Run, file: Path) -> None:
    wrong = compare(expected_pages(file), run.check(file.name).pages, load_segments(file))
    assert not wrong, "\n".join(wrong[:10])


@OVER
@pytest.mark.parametrize("device", [[], POOR], ids=["event-idx", "flags"])
def test_a_kernel_that_sleeps_loads_every_byte(sleeper, disk, monkeypatch, device):
    whole = emulator.machine_options(machine.golden_conditions()) + device
    monkeypatch.setattr(emulator, "machine_options", lambda conditions: whole)
    check_pages(boot(sleeper, disk, "verify=1"), disk.parent / "program")


@pytest.mark.parametrize("step", [steps.find(104)], ids=["104"], indirect=True)
@pytest.mark.parametrize("options", MACHINES.values(), ids=MACHINES)
def test_the_device_wakes_it_wherever_its_line_leads(sleeper, disk, monkeypatch, options):
    """Were it for the clock's tick alone, it would load too, and count no interrupt.

    The disk is slow: no reply is there before the kernel has gone to sleep.
    """
    usual = emulator.machine_options(machine.golden_conditions())
    monkeypatch.setattr(emulator, "machine_options",
                        lambda conditions: [usual[0], usual[1] + options, *usual[2:]])
    slow = f"{machine.golden_conditions().drive},file={disk},throttling.iops-read=50"
    run = boot(sleeper, None, "verify=1", drive=slow)
    check_pages(run, disk.parent / "program")
    assert run.counters["virtio.interrupts"] > 0


@OVER
def test_a_device_is_asked_for_the_same_by_one_that_sleeps(sleeper, kernel_elf, disk):
    asleep, awake = (boot(k, disk).check(k.parent.name) for k in (sleeper, kernel_elf))
    varies = ("virtio.interrupts", "virtio.sleeps")
    assert {k: n for k, n in asleep.counters.items() if k not in varies} == awake.counters


@pytest.mark.parametrize("step", [steps.find(109)], ids=["109"], indirect=True)
@pytest.mark.parametrize("waits", ["asleep", "polling"])
def test_a_device_that_says_nothing_is_given_up(sleeper, kernel_elf, disk, waits):
    """A disk of a byte a second answers the first request, and the next one much too late."""
    slow = f"{machine.golden_conditions().drive},file={disk},throttling.bps-read=1"
    run = boot(sleeper if waits == "asleep" else kernel_elf, None, drive=slow)
    assert run.exit == emulator.REPORTED
    assert any("no reply in 5000 ms (ETIMEDOUT" in e for e in run.errors), run.errors
    assert "load.ns" not in run.figures
