"""What step 413 claims: fewer questions to the kernel, and not one too few."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import (MODES, SANITIZED, WITHOUT_CACHESTAT, counted, of_a_cold_file, pattern,
                      said)

pytestmark = pytest.mark.from_step(413)
in_every_mode = pytest.mark.parametrize("mode", MODES)
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
TRACED = {**SANITIZED, "ASAN_OPTIONS": "exitcode=99:detect_leaks=0"}  # one tracer at a time
MIB = 2**20


@pytest.fixture
def counters(plain, run):
    """The counters of a bench."""
    def of(*words: object):
        done = run([plain / "stage", "bench", *map(str, words)], env={"COUNTERS": "counters"})
        assert done.returncode == 0, done.stderr
        return counted()
    return of


def append(content: bytes) -> None:
    with open("file", "ab") as f:
        f.write(content)


# --- an end that was met ------------------------------------------------------------------------


@pytest.mark.parametrize("how", ([], ["--view"]), ids=["read", "view"])
def test_an_end_that_was_met_is_told_without_a_call(step, counters, how):
    Path("file").write_bytes(pattern(1000))
    got = counters("read", "file", "--size", 4096, *how)
    assert (got["sys.open"], got["sys.pread"], got["sys.close"]) == (1, 1, 1)


@in_every_mode
def test_it_is_told_once_and_then_asked_for_again(step, ops, mode):
    Path("file").write_bytes(pattern(5000))
    talk = ops(mode, "file", "read", 9999, "wait", "read", 9999, "read", 9999)
    assert talk.until_waiting() == [said(pattern(5000))]
    append(b"and more")
    assert talk.rest() == [said(b""), said(b"and more")]


@in_every_mode
def test_who_got_all_that_he_wanted_has_met_no_end(step, ops, mode):
    Path("file").write_bytes(pattern(5000))
    talk = ops(mode, "file", "read", 4000, "read", 1000, "wait", "read", 9999)
    talk.until_waiting()
    append(b"and more")
    assert talk.rest() == [said(b"and more")]


@in_every_mode
def test_a_line_that_is_whole_is_no_end_and_one_that_is_not_is(step, ops, mode):
    Path("file").write_bytes(b"one\ntwo\n")
    talk = ops(mode, "file", *["gets", 100] * 2, "wait", *["gets", 100] * 3)
    assert talk.until_waiting() == [said(b"one\n"), said(b"two\n")]
    append(b"three")
    assert talk.rest() == [said(b"three"), said(b""), said(b"")]


@in_every_mode
def test_who_seeks_asks_anew(step, ops, mode):
    Path("file").write_bytes(pattern(5000))
    talk = ops(mode, "file", "read", 9999, "wait", "seek", 0, "cur", "read", 9999)
    talk.until_waiting()
    append(b"and more")
    assert talk.rest() == ["5000", said(b"and more")]


@in_every_mode
def test_a_view_at_an_end_sees_what_has_come_at_the_latest_when_asked_again(step, ops, mode):
    Path("file").write_bytes(pattern(5000))
    talk = ops(mode, "file", "view", 0, 9999, "wait", *["view", 5000, 100] * 2)
    assert talk.until_waiting() == [said(pattern(5000))]
    append(b"and more")
    first, second = talk.rest()
    assert first in (said(b""), said(b"and more")) and second == said(b"and more")


@needs_strace
def test_an_error_behind_some_bytes_is_not_taken_for_an_end(step, asan, run, tmp_path):
    Path("file").write_bytes(b"x" * 9000)
    done = run(["strace", "-qq", "-o", "log", "-P", tmp_path / "file",
                "-e", "inject=pread64:error=EIO:when=2", asan / "ops", "none", "file", "gets", 9000, "gets", 9000], env=TRACED)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == said(b"x" * 4096) and second == said(b"x" * (9000 - 4096))


# --- opening ------------------------------------------------------------------------------------


def test_what_has_an_end_is_opened_without_a_stat(step, counters):
    Path("file").write_bytes(pattern(1000))
    got = counters("read", "file", "--size", 4096)
    assert (got["sys.stat"], got["sys.lseek"]) == (0, 1)


@pytest.fixture
def disk(run):
    """A block device with 1 MB of pattern and as much of zeroes."""
    if os.geteuid() != 0 or not shutil.which("losetup"):
        pytest.skip("needs root and losetup")
    Path("image").write_bytes(pattern(MIB) + bytes(MIB))
    made = run(["losetup", "--find", "--show", "image"])
    if made.returncode:
        pytest.skip(made.stderr.strip())
    yield made.stdout.strip()
    subprocess.run(["losetup", "--detach", made.stdout.strip()], check=True)


@in_every_mode
def test_a_disk_is_read_like_a_file_of_its_size(step, answers, disk, mode):
    everything = pattern(MIB) + bytes(MIB)
    assert answers(mode, disk, "read", 3 * MIB, "seek", 0, "end", "view", 0, 3 * MIB,
                   "view", MIB, MIB, "pread", 100, MIB - 50) == [
        said(everything), str(2 * MIB), said(everything), said(bytes(MIB)),
        said(everything[MIB - 50:MIB + 50])]


# --- small views ----------------------------------------------------------------------------------


def test_a_file_in_memory_that_is_looked_at_here_and_there_is_mapped(step, counters):
    Path("file").write_bytes(pattern(8 * MIB))
    got = counters("random", "file", "--reads", 1000, "--size", 4096, "--seed", 1, "--view")
    assert (got["map.maps"], got["sys.pread"]) == (1, 31)
    assert got["view.in_place"] == (1000 - 31) * 4096


@needs_strace
@pytest.mark.parametrize("says", ("EAGAIN", "EOPNOTSUPP"))
def test_one_that_a_disk_would_be_waited_for_or_where_nobody_can_say_is_not(step, plain, run, says):
    with open("file", "wb") as f:
        f.truncate(64 * MIB)
    done = run(["strace", "-f", "-qq", "-o", "log", "-e", f"inject=preadv2:error={says}",
                *WITHOUT_CACHESTAT, plain / "stage", "bench", "random", "file", "--reads", "1000",
                "--size", "4096", "--seed", "1", "--view"], env={"COUNTERS": "counters", "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    got = counted()
    assert (got["map.maps"], got["sys.pread"]) == (0, 1000)
    asked = (32, 64, 128, 256, 512)  # views
    assert got["sys.preadv2"] == got["sys.cachestat"] == len(asked)


def test_one_on_a_disk_is_not(step, counters, cold):
    with open("file", "wb") as f:
        f.truncate(64 * MIB)
    cold("file")
    got = counters("random", "file", "--reads", 1000, "--size", 4096, "--seed", 1, "--view")
    assert (got["map.maps"], got["sys.pread"]) == (0, 1000)


# --- copying ------------------------------------------------------------------------------------


@needs_strace
@pytest.mark.parametrize("ranges", (1, 2, 4))
def test_a_copy_is_one_range_unless_the_rules_say_more(step, asan, run, ranges):
    Path("from").write_bytes(pattern(64 * MIB))
    words = []
    if ranges > 1:
        rules = run([asan / "rules", "print"], env=SANITIZED).stdout
        assert "copy.ranges 1\n" in rules
        Path("rules").write_text(rules.replace("copy.ranges 1", f"copy.ranges {ranges}"))
        words = ["pin", "rules"]
    done = run(["strace", "-f", "-qq", "-o", "log", "-e", "inject=ioctl:error=EOPNOTSUPP",
                asan / "rules", *words, "copy", "from", "to"], env=TRACED)
    assert done.returncode == 0, done.stderr
    assert Path("to").read_bytes() == pattern(64 * MIB)
    begins = re.findall(r"copy_file_range\(\d+, \[(\d+)\]", Path("log").read_text())
    assert {int(at) for at in begins} >= {64 * MIB // ranges * i for i in range(ranges)}
    assert (ranges > 1) == any(0 < int(at) < 64 * MIB for at in begins)


# --- sets ---------------------------------------------------------------------------------------

N = 60


@pytest.fixture
def files() -> list[bytes]:
    """N small files, 0 to 59, each of another length, in the kernel's memory."""
    contents = [pattern(2000 + 70 * i)[i:] for i in range(N)]
    for i, content in enumerate(contents):
        Path(str(i)).write_bytes(content)
    return contents


def words(what: str) -> list[str]:
    return [word for i in range(N) for word in (what, str(i))]


def test_a_set_that_is_in_memory_is_opened_file_by_file_as_it_is_asked_for(step, counters, files):
    got = counters("tokens", *range(N))
    assert got["set.read_ahead"] == got["sys.io_uring_setup"] == got["threads.started"] == 0
    assert got["sys.pread"] >= N and got["read.bytes"] == sum(map(len, files))
    assert N <= got["sys.open"] == got["sys.close"] <= N + 3, "a few may be asked where they are"


def test_what_of_it_is_asked_for_again_is_held_from_then_on(step, asan, run, files):
    done = run([asan / "sets", "adaptive", N, *range(N), *(words("read") + words("done")) * 4,
                "held", "count", "read.bytes", "count", "set.read_ahead"], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    *got, held, by_calls, loaded = done.stdout.splitlines()
    total = sum(map(len, files))
    assert got == [said(content) for content in files] * 4
    assert (int(held), int(by_calls), int(loaded)) == (total, 2 * total, total)


@needs_strace
def test_where_nobody_can_say_it_is_brought_in_ahead(step, plain, run, files):
    """As on a network."""
    done = run(["strace", "-f", "-qq", "-o", "log", "-e", "inject=preadv2:error=EOPNOTSUPP",
                *WITHOUT_CACHESTAT, plain / "stage", "bench", "tokens", *map(str, range(N))],
               env={"COUNTERS": "counters", "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert counted()["set.read_ahead"] == sum(map(len, files))


def test_what_lies_on_a_disk_is_brought_in_ahead(step, counters, files, cold):
    def look() -> dict[str, int]:
        cold(*map(str, range(N)))
        return counters("tokens", *range(N))

    assert of_a_cold_file(look, "set.read_ahead", least=1)["set.read_ahead"] == sum(map(len, files))


def test_a_set_of_one_file_asks_it_once_whether_it_is_in_memory(step, counters):
    Path("file").write_bytes(pattern(50_000))
    found = counters("many", "--set", "file")
    assert found["sys.open"] == 2, found  # to ask, and to read
