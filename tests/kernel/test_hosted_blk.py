"""Any range of bytes from a device that only knows sectors, at every step."""
from __future__ import annotations

from pathlib import Path

import pytest

import hosted
from elf_files import pattern

DISK = pattern(64 * 512)


@pytest.fixture
def disk(tmp_path) -> Path:
    (tmp_path / "disk").write_bytes(DISK)
    return tmp_path / "disk"


def test_ranges_need_not_fit_the_sectors(step, host_load, disk):
    ranges = [(0, 1), (0, 512), (511, 2), (512, 511), (513, 1023), (1000, 5000), (1024, 1024),
              (700, 0), (len(DISK) - 1, 1), (len(DISK), 0), (0, len(DISK))]
    done = hosted.run(host_load.with_name("blk"), disk, *(n for r in ranges for n in r))
    assert done.out == b"".join(DISK[at:at + n] for at, n in ranges)


@pytest.mark.parametrize("at, n", [(len(DISK), 1), (len(DISK) - 1, 2), (2**40, 512),
                                   (2**64 - 1, 1), (2**64 - 511, 400)])
def test_a_range_past_the_end_is_refused(step, host_load, disk, at, n):
    done = hosted.run(host_load.with_name("blk"), disk, at, n)
    assert len(done.errors) == 1 and "EINVAL" in done.errors[0]
    assert done.out == b""
