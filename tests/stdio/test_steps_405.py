"""Step 405: the kernel is told what it cannot see in time, and nothing else."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import of_a_cold_file, pattern, said
from measure.machine import page_cache
from test_steps_403 import counted  # noqa: F401  (a fixture)
from test_steps_404 import sets  # noqa: F401

pytestmark = pytest.mark.from_step(405)
MIB = 2**20
PLACES = 8  # tell a file that is in memory; one may tell one that is not


@pytest.fixture
def jumps(counted):  # noqa: F811
    """What so many reads of 4 KiB here and there in `file` count."""
    def jump(times: int, *options: object) -> dict[str, int]:
        return counted("bench", "random", "file", "--reads", times, "--size", 4096, "--seed", 1,
                       *options)
    return jump


@pytest.fixture
def by_views(step) -> int:
    """So many more places step 413 may ask for, to know whether small views are to be mapped."""
    return PLACES if step.number >= 413 else 0


def test_a_long_file_that_is_read_in_order_is_announced_once(step, counted):  # noqa: F811
    Path("file").write_bytes(pattern(4 * MIB))
    found = counted("bench", "read", "file", "--mode", "none", "--size", 2**16)
    assert found.get("sys.fadvise", 0) == 1, found


def test_a_short_file_costs_no_call_more(step, counted):  # noqa: F811
    Path("file").write_bytes(pattern(2**16))
    found = counted("bench", "read", "file", "--size", 4096)
    assert not found.get("sys.fadvise") and not found.get("sys.madvise"), found


def test_jumping_about_is_not_announced(step, jumps):
    Path("file").write_bytes(pattern(4 * MIB))
    found = jumps(100)
    assert not found.get("sys.fadvise") and not found.get("sys.madvise"), found


@pytest.mark.parametrize("options", [("--mode", "none"), ("--mode", "adaptive"),
                                     ("--mode", "none", "--view"),
                                     ("--mode", "adaptive", "--view")], ids=" ".join)
def test_a_small_cold_file_that_is_jumped_about_in_is_read_through_once(step, jumps, cold, options,
                                                                        by_views):
    Path("file").write_bytes(pattern(4 * MIB))

    def jump_about() -> dict[str, int]:
        cold("file")
        return jumps(100, *options)

    found = of_a_cold_file(jump_about, "read.bytes", least=4 * MIB)
    most = PLACES + (by_views if options == ("--mode", "adaptive", "--view") else 0)
    assert 1 <= found["sys.cachestat"] <= most, found
    assert 4 * MIB <= found["read.bytes"] < 5 * MIB, found


def test_a_few_jumps_are_not_worth_the_whole_file(step, jumps, cold):
    Path("file").write_bytes(pattern(4 * MIB))
    cold("file")
    found = jumps(7)
    assert not found.get("sys.cachestat") and found["read.bytes"] < MIB, found


@pytest.mark.parametrize("options", [(), ("--view",)], ids=["read", "view"])
def test_a_warm_file_that_is_jumped_about_in_is_not_read_through(step, jumps, options, by_views):
    Path("file").write_bytes(pattern(4 * MIB))
    page_cache.warm([Path("file")])
    found = jumps(100, *options)
    assert found["sys.cachestat"] == PLACES + (by_views if options else 0), found
    assert found.get("read.bytes", 0) < 2 * MIB, found


@pytest.mark.parametrize("options", [(), ("--view",)], ids=["read", "view"])
def test_a_large_file_is_not_read_through_however_often_is_jumped(step, jumps, options, by_views):
    with open("file", "wb") as f:
        f.truncate(32 * MIB + 1)
    found = jumps(100, *options)
    assert found.get("sys.cachestat", 0) <= (2 * by_views if options else 0), found
    assert found.get("read.bytes", 0) < 2 * MIB, found


def test_of_a_file_in_memory_of_ours_the_kernel_is_not_asked(step, jumps):
    Path("file").write_bytes(pattern(4 * MIB))
    found = jumps(100, "--view", "--mode", "prefetch")
    assert not found.get("sys.cachestat") and not found.get("sys.madvise"), found


@pytest.mark.parametrize("nbytes, calls", [(2**18 - 1, 0), (2**18, 3)])
def test_each_large_view_through_a_map_asks_for_huge_pages(step, counted, nbytes, calls):  # noqa: F811
    Path("file").write_bytes(pattern(4 * MIB))
    found = counted("bench", "random", "file", "--reads", 3, "--size", nbytes, "--seed", 1, "--view",
                    "--mode", "mmap")
    assert found.get("sys.madvise", 0) == calls, found


def test_what_a_large_view_says_is_that_huge_pages_are_wanted(step, plain, run):
    Path("file").write_bytes(pattern(MIB))
    done = run(["strace", "-f", "-e", "trace=madvise", plain / "stage", "bench", "read", "file",
                "--view", "--mode", "mmap"])
    assert "MADV_HUGEPAGE) = 0" in done.stderr, done.stderr
    assert "MADV_SEQUENTIAL" not in done.stderr, done.stderr


@pytest.mark.parametrize("mode", ("none", "mmap", "prefetch", "adaptive"))
def test_no_hint_changes_a_byte(step, answers, mode):
    content = pattern(50_000)
    Path("file").write_bytes(content)
    for hint in range(5):
        assert answers(mode, "file", "hint", hint, "read", 60_000) == ["0", said(content)]


@pytest.mark.parametrize("hint", range(5))
def test_a_hint_about_what_is_in_memory_alone_is_ignored(step, sets, hint):  # noqa: F811
    """The kernel has nothing to be told of: there is no descriptor."""
    Path("file").write_bytes(pattern(50_000))
    assert sets("prefetch", 1, "file", "hint", 0, hint, "count", "sys.fadvise", "count",
                "sys.madvise", "read", 0) == ["0", "0", "0", said(pattern(50_000))]
