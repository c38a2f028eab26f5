"""What step 401 claims of maps; true at every step from there on."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import pattern, said

pytestmark = pytest.mark.from_step(401)
SIZE = 1_000_003


@pytest.fixture
def bench(plain, run):
    """The counters of a bench case over a map of the file `data`."""
    Path("data").write_bytes(pattern(SIZE))

    def of(case: str, *words: object) -> dict[str, int]:
        done = run([plain / "stage", "bench", case, "data", "--mode", "mmap", *map(str, words)],
                   env={"COUNTERS": "counters"})
        assert done.returncode == 0, done.stderr
        found: dict[str, int] = {}
        for line in Path("counters").read_text().splitlines():
            name, value = line.split()
            found[name] = found.get(name, 0) + int(value)
        return found
    return of


def test_a_map_is_one_call_and_its_bytes_are_copied_once(step, bench):
    got = bench("read")
    assert (got["map.maps"], got["map.bytes"], got["sys.mmap"], got["sys.munmap"]) == (
        1, SIZE, 1, 1)
    assert (got["read.bytes"], got["copy.bytes"]) == (0, SIZE)


def test_a_view_of_a_map_copies_and_reads_nothing(step, bench):
    got = bench("read", "--view")
    assert (got["view.in_place"], got["view.copied"]) == (SIZE, 0)
    assert (got["read.bytes"], got["copy.bytes"]) == (0, 0)


def test_random_reads_of_a_map_ask_the_kernel_nothing(step, bench):
    got = bench("random", "--reads", 100, "--size", 512, "--seed", 1)
    assert (got["sys.read"], got["sys.pread"]) == (0, 0)
    assert got["copy.bytes"] == 100 * 512


def test_what_cannot_be_mapped_says_so_and_is_read(step, answers):
    Path("empty").touch()
    assert answers("mmap", "empty", "mode", "read", 10) == ["none", said(b"")]
    version = Path("/proc/version").read_bytes()
    assert answers("mmap", "/proc/version", "mode", "read", 9999) == ["none", said(version)]


def test_a_map_is_not_held_memory(step, answers):
    Path("file").write_bytes(pattern(100_000))
    assert answers("none", "file", "limit", 10, "stage", "mmap", "mode", "held", "unstage",
                   "mode")[:4] == ["0", "mmap", "0", "none"]
