"""What the library says of itself, held against strace; and what the slow step costs."""
from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conftest import pattern
from measure import steps
from measure.machine.outsider import CACHESTAT, KERNEL_NAMES, SIGNALS

first_step = pytest.mark.parametrize("step", [s for s in steps.all_steps(part="stdio") if s.first],
                                     indirect=True)


@pytest.fixture
def counters(plain, run):
    """The counters of a command."""
    def of(*words: object) -> Counter[str]:
        done = run([plain / "stage", *map(str, words)], env={"COUNTERS": "counters"})
        assert done.returncode == 0, done.stderr
        found: Counter[str] = Counter()
        for line in Path("counters").read_text().splitlines():
            name, value = line.split()
            found[name] += int(value)
        return found
    return of


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("words", [["read", "data"], ["random", "data", "--reads", "20"],
                                   ["read", "data", "--view"], ["copy", "data", "to"],
                                   ["again", "data", "--times", "3"]], ids=lambda w: " ".join(w))
def test_strace_counts_the_same_calls(step, plain, run, tmp_path, words):
    """Those on our files: what the loader and libc do for themselves is not the library's."""
    Path("data").write_bytes(pattern(100_000))
    traced = run(["strace", "-f", "-y", "-qq", "-o", "log", plain / "stage", "bench", *words],
                 env={"COUNTERS": "counters", "PATH": "/usr/bin:/bin"})
    assert traced.returncode == 0, traced.stderr
    seen = Counter(KERNEL_NAMES.get(m[1], m[1]) for line in Path("log").read_text().splitlines()
                   if (m := re.match(r"\d+ +(\w+)\((.*)", line)) and "execve" not in line
                   and (re.search(r"\b(data|to)\b|O_TMPFILE|/#\d+", line) or m[1] == CACHESTAT
                        or m[1] in SIGNALS and SIGNALS[m[1]].match(m[2])))
    own: Counter[str] = Counter()
    for line in Path("counters").read_text().splitlines():
        name, value = line.split()
        if name.startswith("sys.") and name not in ("sys.munmap", "sys.madvise"):
            own[name[4:]] += int(value)
    assert dict(seen) == {k: v for k, v in own.items() if v}


@first_step
def test_a_sequential_read_is_a_call_for_each_4_kib_and_a_copy_of_each_byte(step, counters):
    Path("file").write_bytes(pattern(100 * 4096))
    got = counters("bench", "read", "file")
    # The end is asked for twice: by the read that came up short, and by the last one.
    assert got["sys.read"] == 102 and got["sys.lseek"] == 0
    assert got["copy.bytes"] == got["read.bytes"] == 100 * 4096


@first_step
def test_a_copy_is_two_calls_for_each_4_kib(step, counters):
    Path("file").write_bytes(pattern(100 * 4096))
    got = counters("bench", "copy", "file", "to")
    assert (got["sys.pread"], got["sys.pwrite"]) == (101, 100)


@first_step
def test_a_random_read_is_a_seek_and_two_reads_because_places_fit_no_buffer(step, counters):
    Path("file").write_bytes(pattern(1000 * 4096))
    got = counters("bench", "random", "file", "--reads", "50", "--size", "4096")
    assert 50 <= got["sys.lseek"] <= 51 and got["sys.read"] == 50


# --- what the document's own code got wrong ----------------------------------------------------


def test_the_size_is_asked_for_once(step, counters):
    """There: three lseeks for each file. (One may come with the question whether it has grown.)"""
    Path("file").write_bytes(pattern(10_000))
    got = counters("bench", "read", "file")
    assert 1 <= got["sys.stat"] + got["sys.lseek"] <= 2


def test_reading_on_needs_no_lseek(step, counters):
    """There: two for each read."""
    Path("file").write_bytes(pattern(100_000))
    assert counters("bench", "read", "file", "--size", "100")["sys.lseek"] <= 1


def test_what_is_opened_is_closed_and_what_is_mapped_is_unmapped(step, counters):
    """There: a map lived for ever."""
    Path("file").write_bytes(pattern(100_000))
    for mode in ("none", "mmap", "prefetch", "adaptive"):
        got = counters("bench", "many", "file", "file", "file", "--mode", mode)
        assert got["sys.open"] == got["sys.close"] == 3, mode
        assert got["sys.mmap"] == got["sys.munmap"], mode


def test_a_copy_does_not_stage_its_source_first(step, counters):
    """There: the whole file was mapped or read before it was copied."""
    Path("file").write_bytes(pattern(100_000))
    got = counters("bench", "copy", "file", "to")
    assert got["read.bytes"] <= 100_000 and got["sys.mmap"] == 0


def test_a_copy_over_a_longer_file_leaves_nothing_of_it(step, plain, run):
    """There: the destination was not cut."""
    Path("from").write_bytes(b"short")
    Path("to").write_bytes(pattern(10_000))
    Path("second").hardlink_to("to")  # so that it is written in place
    assert run([plain / "stage", "cp", "from", "to"]).returncode == 0
    assert Path("to").read_bytes() == b"short"
