"""Linux as a peer: what is put into its initramfs, and what is made of its words."""
from __future__ import annotations

import shutil

import pytest

from measure.contests import kept
from measure.machine import process
from measure.problem import Problem
from kernel.measured import cpio, linux
from kernel.measured.emulator import Run


def test_a_module_comes_behind_those_that_it_needs() -> None:
    needs = {"virtio_blk": ["virtio", "virtio_ring"], "virtio": ["virtio_ring"],
             "virtio_ring": [], "virtio_mmio": ["virtio", "virtio_ring"]}
    assert linux.in_order(["virtio_mmio", "virtio_blk"], needs.__getitem__) == [
        "virtio_ring", "virtio", "virtio_mmio", "virtio_blk"]


def test_modules_that_need_each_other_are_a_problem() -> None:
    with pytest.raises(Problem, match="modules need each other: a b a"):
        linux.in_order(["a"], {"a": ["b"], "b": ["a"]}.__getitem__)


@pytest.mark.parametrize("info, needed", [
    (b"\x7fELF\0license=GPL\0depends=virtio,virtio-ring\0name=x\0", ["virtio", "virtio_ring"]),
    (b"\x7fELF\0depends=\0", []), (b"\x7fELF\0softdepends=other\0", [])])
def test_a_module_says_itself_what_it_needs(info, needed) -> None:
    assert linux.depends(info) == needed


def test_the_archive_is_one_that_cpio_unpacks_and_always_the_same(tmp_path) -> None:
    files = {"bin": None, "bin/odd": b"three", "init": b"#!/bin/sh\n"}
    made = cpio.archive(files)
    assert made == cpio.archive(dict(files)) and len(made) % 4 == 0
    entries, at = {}, 0
    while at < len(made):
        field = [int(made[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        assert made[at:at + 6] == b"070701"
        size, namesize = field[6], field[11]
        name = made[at + 110:at + 110 + namesize - 1].decode()
        data = -(-(at + 110 + namesize) // 4) * 4
        entries[name] = (field[1], made[data:data + size])
        at = -(-(data + size) // 4) * 4
    assert entries == {"bin": (0o040755, b""), "bin/odd": (0o100755, b"three"),
                       "init": (0o100755, b"#!/bin/sh\n"), cpio.TRAILER: (0, b"")}


SAID = """409+1 records out
load.ns 700000000
start.ns 5000000
virtio.requests 412
virtio.bytes 107241472
disk.requests 420
disk.bytes 107398144
queue.read_ahead_kb 128
clocksource tsc"""


def run_of(said: str = SAID, **seen: int) -> Run:
    run = Run(outsider={"rd_operations": 420, "rd_bytes": 107398144} | seen)
    for line in said.splitlines():
        run.take(line)
    return run


def test_a_reading_is_without_what_starting_a_program_costs() -> None:
    found = linux.reading(run_of(), "dd")
    assert (found.seconds, found.start_seconds) == (0.695, 0.005)
    assert (found.requests, found.nbytes, found.clock) == (412, 107241472, "tsc")
    assert found.queue == {"read_ahead_kb": 128}


@pytest.mark.parametrize("seen", [{"rd_operations": 421}, {"rd_bytes": 107398145}])
def test_a_guest_that_counts_other_than_qemu_is_a_problem(seen) -> None:
    with pytest.raises(Problem, match="dd counts 420 requests and 107398144 bytes; QEMU"):
        linux.reading(run_of(**seen), "dd")


def test_no_package_is_one_line_that_names_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(kept, "INPUTS", tmp_path)
    monkeypatch.setattr(process, "run", lambda cmd, **_: process.subprocess.CompletedProcess(
        cmd, 100, "", "W: something\nE: Unable to locate package busybox-static\n"))
    with pytest.raises(Problem) as problem:
        linux.package("busybox-static")
    assert "\n" not in str(problem.value)
    assert "apt-get download busybox-static: Unable to locate package" in str(problem.value)
    assert not list(tmp_path.glob("peer-*"))


def test_the_shell_finds_no_fault_in_init() -> None:
    assert shutil.which("sh")
    done = process.run(["sh", "-n", "-c", linux.INIT])
    assert (done.returncode, done.stderr) == (0, "")
