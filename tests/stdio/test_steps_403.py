"""Step 403: what is asked of a file decides how it is held."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import pattern, said

pytestmark = pytest.mark.from_step(403)


@pytest.fixture
def counted(asan, run, tmp_path):
    """The counters of one run of the command."""
    def count(*words: object) -> dict[str, int]:
        to = tmp_path / "counters"
        done = run([asan / "stage", *map(str, words)], env={"COUNTERS": str(to)})
        assert done.returncode == 0, done.stderr
        found: dict[str, int] = {}
        for line in to.read_text().splitlines():
            name, value = line.split()
            found[name] = found.get(name, 0) + int(value)
        return found
    return count


def test_a_file_is_not_held_until_its_bytes_are_wanted_twice(step, answers):
    content = pattern(20_000)
    Path("file").write_bytes(content)
    got = answers("adaptive", "file", "mode", "read", 15_000, "mode", "read", 15_000, "mode")
    assert got == ["none", said(content[:15_000]), "none", said(content[15_000:]), "none"]


def test_a_file_that_is_read_again_is_held_or_read_and_the_same(step, answers):
    content = pattern(200_000)
    Path("file").write_bytes(content)
    got = answers("adaptive", "file", *["read", 200_000, "seek", 0, "set"] * 3)
    assert got == [said(content), "0"] * 3


def test_a_large_read_is_not_copied_twice(step, counted):
    Path("file").write_bytes(pattern(2**20))
    found = counted("bench", "read", "file", "--size", 2**16)
    assert found.get("copy.bytes", 0) == 0, "a read of 64 KiB went through the buffer"
    assert found["read.bytes"] == 2**20


def test_small_reads_ask_the_kernel_for_more_and_more(step, counted):
    Path("file").write_bytes(pattern(2**20))
    found = counted("bench", "read", "file", "--size", 64)
    assert found.get("sys.read", 0) + found.get("sys.pread", 0) <= 12, found
    assert found["read.bytes"] == 2**20


def test_small_reads_here_and_there_bring_little_more_than_they_want(step, counted):
    Path("file").write_bytes(pattern(2**24))
    found = counted("bench", "random", "file", "--reads", 200, "--size", 64, "--seed", 3)
    assert found["read.bytes"] <= 200 * 4096, "jumping about was taken for reading on"
