"""What this machine can measure with: tried once, remembered, and described for the record."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from measure.problem import Problem
from kernel.measured import machine
from kernel.measured.part import PART

SLOW = "echo probe.ns 900000000; exit 33"
QUICK = "echo probe.ns 12000000; exit 33"


def may_open_kvm(monkeypatch: pytest.MonkeyPatch, may: bool) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: may if path == "/dev/kvm"
                        else access(path, mode))


@pytest.fixture
def qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A QEMU of one's own, a fresh memory, and a /dev/kvm that can be opened."""
    def play(kvm: str = "exit 1", io_uring: str = "exit 0", version: str = "1") -> None:
        script = tmp_path / "qemu"
        script.write_text('#!/bin/sh\ncase "$*" in\n'
                          f'--version) echo "QEMU emulator version {version}";;\n'
                          f'*-kernel*) echo kvm >>{tmp_path}/log; {kvm};;\n'
                          f'*) echo io_uring >>{tmp_path}/log; {io_uring};;\nesac\n')
        script.chmod(0o755)
        monkeypatch.setenv("QEMU", str(script))

    monkeypatch.setattr(machine, "PROBE_CACHE", tmp_path / "probe.json")
    may_open_kvm(monkeypatch, True)
    monkeypatch.setattr(machine.kernels, "floor", lambda: tmp_path / "kernel")
    monkeypatch.delenv("ACCEL", raising=False)
    monkeypatch.delenv("AIO", raising=False)
    return play


@pytest.mark.parametrize("kvm, accel, why", [
    (QUICK, "kvm", "took 12.0 ms"), (SLOW, "tcg", "took 900000000 ns"),
    ("exit 33", "tcg", "took None ns"), ("echo probe.ns 5; exit 37", "tcg", "status 37"),
    ("echo no msr >&2; kill -ABRT $$", "tcg", "no msr"), ("sleep 1000", "tcg", "was killed")])
def test_kvm_is_used_only_where_a_short_loop_is_quick(qemu, monkeypatch, kvm, accel, why) -> None:
    if "sleep" in kvm:
        monkeypatch.setattr(machine, "PROBE_LIMIT_SECONDS", 0.5)
    qemu(kvm)
    assert why in machine.probe()["kvm"]["why"]
    assert machine.conditions().accel == accel


def test_a_dev_kvm_that_is_not_ours_is_not_even_tried(qemu, monkeypatch, tmp_path) -> None:
    qemu(QUICK)
    may_open_kvm(monkeypatch, False)
    assert machine.conditions().accel == "tcg"
    assert "kvm" not in (tmp_path / "log").read_text()


def test_io_uring_is_used_where_qemu_can(qemu, monkeypatch) -> None:
    qemu(io_uring="exit 0")
    assert machine.conditions().aio == "io_uring"
    monkeypatch.setenv("AIO", "threads")
    assert machine.conditions().aio == "threads"
    monkeypatch.delenv("AIO")
    qemu(io_uring="echo not supported >&2; exit 1", version="2")
    assert machine.conditions().aio == "threads"
    monkeypatch.setenv("AIO", "io_uring")
    with pytest.raises(Problem, match="AIO=io_uring: not supported"):
        machine.conditions()
    with pytest.raises(Problem, match="io_uring: not supported"):
        machine.golden_conditions("io_uring")


def test_an_aio_that_qemu_has_not_is_named(qemu, monkeypatch) -> None:
    qemu()
    monkeypatch.setenv("AIO", "tape")
    with pytest.raises(Problem, match="AIO=tape"):
        machine.conditions()


def test_what_was_found_is_remembered_for_this_qemu_and_asked_for_another(qemu, tmp_path) -> None:
    qemu(QUICK, version="1")
    assert machine.conditions() == machine.conditions()
    assert (tmp_path / "log").read_text() == "kvm\nio_uring\n"
    qemu(SLOW, version="2")
    assert machine.conditions().accel == "tcg"


def test_accel_decides_without_a_probe(qemu, monkeypatch, tmp_path) -> None:
    qemu(SLOW)
    monkeypatch.setenv("ACCEL", "kvm")
    assert machine.conditions().accel == "kvm"
    assert "kvm" not in (tmp_path / "log").read_text()
    monkeypatch.setenv("ACCEL", "warp")
    with pytest.raises(Problem, match="ACCEL=warp"):
        machine.conditions()


def test_goldens_are_recorded_under_tcg_whatever_is_there(qemu, monkeypatch) -> None:
    qemu(QUICK)
    monkeypatch.setenv("ACCEL", "kvm")
    assert machine.golden_conditions().accel == "tcg"


def test_the_description_names_all_that_a_golden_keeps(qemu, tmp_path) -> None:
    qemu(version="7.2.9 (made up)")
    found = machine.describe(machine.golden_conditions(), 128, tmp_path)
    assert found.keys() == {"boot", "architecture", "cpu", "cores", "kernel", "compiler", "qemu",
                            "accelerator", "qemu_options", "memory_mib", "filesystem", "cache", "date"}
    assert all(found.values()) and found["filesystem"] != "unknown"
    assert found["qemu"] == "7.2.9 (made up)"


@pytest.mark.parametrize("io_uring, small, real", [
    ("exit 0", ("io_uring", "threads"), ("io_uring",)), ("exit 1", ("threads",), ("threads",))])
def test_a_golden_is_recorded_under_the_conditions_that_are_there(qemu, io_uring, small, real) -> None:
    qemu(io_uring=f"echo no >&2; {io_uring}")
    assert PART.conditions_of("elf-24m") == small and PART.conditions_of("bun") == real
