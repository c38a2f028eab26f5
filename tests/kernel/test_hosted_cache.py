"""Blocks on loan at every step, and what a cache of 512 of them promises from step 101 on."""
from __future__ import annotations

import struct
from pathlib import Path

import pytest

import elf_files
import hosted
from elf_files import Segment, pattern
from layout import blocks_on_the_way
from kernel.measured.images import make_image

CACHED = 512
cache = pytest.mark.from_step(101)


@pytest.fixture(scope="session")
def bio(host_load) -> Path:
    """tests/kernel/main/bio.c at this step."""
    return host_load.with_name("bio")


@pytest.fixture(scope="session")
def numbers(tmp_path_factory) -> Path:
    """2,000 blocks of 1 KiB, each filled with its own number."""
    image = tmp_path_factory.mktemp("numbers") / "image"
    image.write_bytes(b"".join(struct.pack("<I", i) * 256 for i in range(2000)))
    return image


def script(bio: Path, image: Path, *commands: object, **env: object) -> tuple[list[str], int]:
    """What went wrong, and how many requests the device saw."""
    done = hosted.run(bio, image, 1024, *commands, **env)
    return ([line for line in done.lines if not hosted.COUNTER.fullmatch(line)],
            done.counters["array.requests"])


def wrong(bio: Path, image: Path, *commands: object, **env: object) -> list[str]:
    return script(bio, image, *commands, **env)[0]


def requests(bio: Path, image: Path, *commands: object, **env: object) -> int:
    said, n = script(bio, image, *commands, **env)
    assert said == []
    return n


def test_a_block_is_the_one_that_was_asked_for(step, bio, numbers):
    assert wrong(bio, numbers, *range(0, 2000, 7), 1999, 0, 1999, 5, 5) == []


def test_eight_loans_at_a_time_work_and_none_of_them_changes(step, bio, numbers):
    assert wrong(bio, numbers, *(f"+{i}" for i in range(8)), *range(100, 110), "-3", "-0", 3) == []


def test_a_block_can_be_on_loan_several_times(step, bio, numbers):
    assert wrong(bio, numbers, "+5", "+5", "+5", "-5", *range(1000), "-5", 5, "-5", 5) == []


def test_a_block_past_the_end_is_refused(step, bio, numbers):
    for block in (2000, 2**32, 2**54, 2**64 - 1):
        assert wrong(bio, numbers, block, 7) == [f"{block} EINVAL"]


def test_a_block_that_could_not_be_read_can_be_read_later(step, bio, numbers):
    """The third request fails: what it left behind must never be taken for the block."""
    assert wrong(bio, numbers, 7, 8, 9, 9, *range(600), 9, FAIL_READ=3) == ["9 EIO"]


@cache
def test_a_block_is_read_once(step, bio, numbers):
    assert requests(bio, numbers, *range(100), *range(100), *reversed(range(100))) == 100


@cache
def test_512_blocks_are_kept(step, bio, numbers):
    assert requests(bio, numbers, *range(CACHED), *range(CACHED)) == CACHED


@cache
def test_the_513th_block_takes_the_place_of_the_first(step, bio, numbers):
    full = [*range(CACHED + 1)]
    assert requests(bio, numbers, *full, *range(1, CACHED + 1)) == CACHED + 1
    assert requests(bio, numbers, *full, 0) == CACHED + 2


@cache
def test_the_order_is_by_use_and_not_by_arrival(step, bio, numbers):
    """Block 0 came first and was used last before the cache was full: block 1 must go."""
    used_again = [*range(CACHED), 0, CACHED]
    assert requests(bio, numbers, *used_again, 0) == CACHED + 1
    assert requests(bio, numbers, *used_again, 1) == CACHED + 2


@cache
def test_a_block_on_loan_never_loses_its_place(step, bio, numbers):
    assert requests(bio, numbers, "+0", *range(1, 2000), 0) == 2000
    assert requests(bio, numbers, "+0", "+0", "-0", *range(1, 2000), 0) == 2000


@cache
def test_a_block_that_comes_back_is_the_last_to_go(step, bio, numbers):
    back = ["+0", *range(1, CACHED), "-0", *range(CACHED, 2 * CACHED - 1)]
    assert requests(bio, numbers, *back, 0) == 2 * CACHED - 1
    assert requests(bio, numbers, *back, 2 * CACHED, 0) == 2 * CACHED + 1


@cache
def test_with_every_block_on_loan_the_next_is_refused_and_nothing_is_lost(step, bio, numbers):
    loans = [f"+{i}" for i in range(CACHED)]
    said, n = script(bio, numbers, *loans, 600, "+5", "-5", 600, "-5", 600, 9)
    assert said == ["600 ENOMEM", "600 ENOMEM"]
    assert n == CACHED + 1  # 600, in the place of 5


@cache
def test_a_failed_read_is_not_kept(step, bio, numbers):
    said, n = script(bio, numbers, 0, 1, 2, 2, 2, FAIL_READ=3)
    assert said == ["2 EIO"]
    assert n == 3  # those that succeeded: 0, 1, and 2 at the second attempt


@cache
def test_a_failed_read_costs_no_place(step, bio, numbers):
    """The place that it was meant for holds nothing and is the next to be used."""
    said, n = script(bio, numbers, *range(CACHED), 600, 600, *range(1, CACHED), 600,
                     FAIL_READ=CACHED + 1)
    assert said == ["600 EIO"]
    assert n == CACHED + 1


@cache
def test_hits_and_misses_are_every_question(step, bio, numbers):
    done = hosted.run(bio, numbers, 1024, 1, 2, 1, 1, 3, 2)
    assert (done.counters["cache.hits"], done.counters["cache.misses"]) == (3, 3)


@cache
def test_hits_take_no_memory(step, bio, numbers):
    once = hosted.run(bio, numbers, 1024, *range(100)).counters["heap.allocs"]
    thrice = hosted.run(bio, numbers, 1024, *[*range(100)] * 3).counters["heap.allocs"]
    assert once == thrice


# --- a whole load ------------------------------------------------------------------------------


@cache
@pytest.mark.parametrize("size", [300_000, 3_000_000, 17 << 20])
def test_every_block_on_the_way_of_a_load_is_read_once(step, host_load, tmp_path, size):
    """Also when the file is far larger than the cache: what is used often is never the oldest.

    A hole costs nothing, and pages read a file in order, so no data block comes twice but
    the first one, which also holds the headers. Bytes, because from some step on a request
    brings more than a block.
    """
    data = pattern(min(size, 3_000_000) - 0x1000)
    (tmp_path / "file").write_bytes(elf_files.make(
        [Segment(0x401000, data, offset=0x1000)], size=size))
    make_image(tmp_path / "image", {"/usr/bin/program": tmp_path / "file"})
    done = hosted.load(host_load, tmp_path / "image", "/usr/bin/program")
    blocks = blocks_on_the_way(tmp_path / "image", "/usr/bin/program")
    assert done.counters["array.bytes"] == 1024 * (len(blocks) + 1)  # and the superblock
