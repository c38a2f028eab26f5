"""Cold and warm are looked at, not assumed."""
from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from measure.machine import page_cache
from measure.problem import Problem

PAGES = 50


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of 50 pages, the last one not full; on a disk, as the tests' own folder must be."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(PAGES * 4096 - 100))
    return path


def test_a_cold_file_has_no_page_in_memory_and_a_warm_one_all(file: Path) -> None:
    page_cache.cold([file])
    assert page_cache.cached_pages(file) == 0
    page_cache.warm([file])
    assert page_cache.cached_pages(file) == PAGES


def test_a_file_that_was_just_written_gets_cold_too(file: Path) -> None:
    assert page_cache.cached_pages(file) == PAGES
    page_cache.cold([file])
    assert page_cache.cached_pages(file) == 0


def test_without_cachestat_the_pages_are_counted_through_a_map(file: Path, monkeypatch) -> None:
    monkeypatch.setattr(page_cache, "cachestat", lambda fd: None)
    page_cache.cold([file])
    assert page_cache.cached_pages(file) == 0
    page_cache.warm([file])
    assert page_cache.cached_pages(file) == PAGES


def test_both_ways_of_counting_agree_on_a_file_that_is_half_in_memory(file: Path,
                                                                      monkeypatch) -> None:
    page_cache.cold([file])
    with open(file, "rb", buffering=0) as f:
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        f.read(10 * 4096)
    found = page_cache.cached_pages(file)
    assert 10 <= found < PAGES
    monkeypatch.setattr(page_cache, "cachestat", lambda fd: None)
    assert page_cache.cached_pages(file) == found


def test_a_kernel_without_cachestat_is_no_error_and_other_errors_are(monkeypatch, file) -> None:
    code = errno.ENOSYS
    monkeypatch.setattr(page_cache, "_libc", type("Libc", (), {
        "syscall": lambda *a: page_cache.ctypes.set_errno(code) or -1}))
    assert page_cache.cachestat(0) is None
    code = errno.EBADF
    with pytest.raises(OSError, match="cachestat"):
        page_cache.cachestat(0)


def test_what_was_written_is_read_in_order_from_the_disk_once_before_it_counts_as_warm(
        file, monkeypatch) -> None:
    put_out = []
    monkeypatch.setattr(page_cache, "_evict", put_out.append)
    for _ in range(2):
        page_cache.warm([file])
    assert put_out == [file]
    file.write_bytes(os.urandom(5000))
    page_cache.warm([file])
    assert put_out == [file, file]


def test_what_has_lost_a_page_comes_from_the_disk_again(file, monkeypatch) -> None:
    page_cache.warm([file])
    put_out = []
    monkeypatch.setattr(page_cache, "_evict", put_out.append)
    counts = iter([PAGES - 1, PAGES, PAGES, PAGES])
    monkeypatch.setattr(page_cache, "cached_pages", lambda path: next(counts))
    page_cache.warm([file])
    page_cache.warm([file])
    assert put_out == [file]


def test_a_page_that_is_held_for_a_moment_is_asked_for_again(file, monkeypatch) -> None:
    left = iter([3, 1, 0])
    monkeypatch.setattr(page_cache, "cached_pages", lambda path: next(left))
    page_cache.cold([file])
    assert list(left) == []


def test_an_empty_file_is_both(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "empty").touch()
    page_cache.cold([tmp_path / "empty"])
    page_cache.warm([tmp_path / "empty"])
    monkeypatch.setattr(page_cache, "cachestat", lambda fd: None)
    assert page_cache.cached_pages(tmp_path / "empty") == 0


@pytest.mark.parametrize("found, make, says", [
    (7, page_cache.cold, "cannot be made cold: 7 of its 50 pages stay in memory"),
    (49, page_cache.warm, "cannot be made warm: after reading it 49 of its 50 pages")])
def test_what_does_not_get_cold_or_warm_is_refused(file, monkeypatch, found, make, says) -> None:
    monkeypatch.setattr(page_cache, "cached_pages", lambda path: found)
    monkeypatch.setattr(page_cache, "PATIENCE_SECONDS", 0)
    with pytest.raises(Problem, match=says):
        make([file])
