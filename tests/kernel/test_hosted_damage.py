"""Damaged disks: loaded all the same or refused with a reason; never a crash, never a hang."""
from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import elf_files
import hosted
import mutate
from elf_files import Segment, pattern
from kernel.measured.images import Link, make_image

NMUTATIONS = 204
SECONDS = 10  # for one load; it takes a hundredth of one

PROGRAM = elf_files.make([
    Segment(0x400123, pattern(9000, 1)), Segment(0x405fff, pattern(5001, 2), prot="r"),
    Segment(0x409c90, pattern(7777, 3), memsz=30000, prot="rw")], size=300_000)
FORMATS = {"1 KiB": {"block_size": 1024}, "4 KiB": {"block_size": 4096},
           "revision 0": {"block_size": 1024, "revision": 0}}


@pytest.fixture(scope="session", params=FORMATS)
def image(request, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("damage") / "image"
    make_image(path, {"/program": PROGRAM[:-1] + b"x", "/dir/file": b"x", "/link": Link("dir")},
               size_mib=2, **FORMATS[request.param])
    return path.read_bytes()


def attempt(program: Path, disk: Path, damage: mutate.Damage, image: bytes) -> hosted.Run:
    disk.write_bytes(damage.apply(image))
    try:
        return hosted.load(program, disk, "/link/../program", timeout=SECONDS, MEMORY_MIB=64)
    except AssertionError as e:
        raise AssertionError(f"{damage.what}\n{e}") from None
    finally:
        disk.unlink()


def test_a_damaged_disk_is_loaded_or_refused_with_a_reason(step, host_load, image, tmp_path, seed):
    damages = list(mutate.mutations(image, seed, n=NMUTATIONS))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(
            lambda job: attempt(host_load, tmp_path / str(job[0]), job[1], image),
            enumerate(damages)))
    refused = sum(run.status for run in runs)
    assert 0.3 < refused / len(runs) < 0.95, "the damages are too harmless, or all the same"
    for damage, run in zip(damages, runs):
        assert len(run.errors) == run.status, f"{damage.what}: one message, not {run.errors}"


def test_the_undamaged_disk_loads(step, host_load, image, tmp_path):
    """Else the test above would show nothing."""
    assert attempt(host_load, tmp_path / "disk", mutate.Damage("none"), image).status == 0


def test_the_same_seed_does_the_same_damage(image):
    assert list(mutate.mutations(image, 7, 50)) == list(mutate.mutations(image, 7, 50))
