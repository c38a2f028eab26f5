"""What step 404 claims of sets; true at every step from there on, whoever loads them."""
from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

import frames
from conftest import SANITIZED, pattern, said

pytestmark = pytest.mark.from_step(404)
MANY = 100  # enough for every kind of loading


@pytest.fixture
def sets(asan, run):
    def answers(*words: object, **popen) -> list[str]:
        done = run([asan / "sets", *map(str, words)], env=SANITIZED, **popen)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
    return answers


@pytest.fixture
def files() -> list[bytes]:
    """MANY small files, 0 to 99, each of another length."""
    contents = [pattern(2000 + 7 * i)[i:] for i in range(MANY)]
    for i, content in enumerate(contents):
        Path(str(i)).write_bytes(content)
    return contents


def words(what: str) -> list[str]:
    return [word for i in range(MANY) for word in (what, str(i))]


@pytest.mark.parametrize("mode", ["prefetch", "adaptive"])
def test_a_set_reads_each_file_once_however_often_it_is_asked_for(step, sets, files, mode):
    if mode == "adaptive" and step.number >= 413:
        pytest.skip("what is in memory is left there at first: test_steps_413.py")
    *got, ahead, by_calls = sets(mode, MANY, *range(MANY), *words("read"), *words("done"),
                                 *words("read"), "count", "set.read_ahead", "count", "read.bytes")
    assert got == [said(content) for content in files] * 2
    assert int(ahead) == sum(map(len, files))
    assert by_calls in ("0", ahead)  # none where a ring reads


@pytest.mark.parametrize("mode", ["none", "mmap", "prefetch", "adaptive"])
def test_a_file_that_is_done_with_begins_at_its_beginning(step, sets, files, mode):
    assert sets(mode, 2, 3, 4, "read", 0, "read", 0, "done", 0, "read", 0, "end", 0, "done", 0,
                "read", 0) == [said(files[3]), said(b""), said(files[3]), str(len(files[3])),
                               said(files[3])]


def test_a_set_of_more_files_than_descriptors_holds_them_all(step, sets, files):
    def few_descriptors() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    got = sets("prefetch", MANY, *range(MANY), "held", "fds", *words("read"), "fds",
               preexec_fn=few_descriptors)
    assert got[0] == str(sum(map(len, files)))
    assert int(got[1]) <= 4 and int(got[-1]) <= 4
    assert got[2:-1] == [said(content) for content in files]


def test_what_is_in_memory_alone_stays_readable_in_every_mode(step, sets, files):
    """Its descriptor is gone: to give up the memory would be to lose the file."""
    for mode in ("none", "mmap", "adaptive"):
        assert sets("prefetch", 1, 5, "stage", 0, mode, "end", 0, "mode", 0, "done", 0,
                    "read", 0) == ["0", str(len(files[5])), "prefetch", said(files[5])]


def test_a_set_holds_no_more_than_its_limit_and_loses_nothing(step, sets, files):
    got = sets("limit", 30_000, "prefetch", MANY, *range(MANY), "held", *words("read"),
               *words("done"), *words("read"), "held")
    assert 20_000 < int(got[0]) <= 30_000 and int(got[-1]) <= 30_000
    assert got[1:-1] == [said(content) for content in files] * 2


def test_what_is_in_memory_alone_is_never_dropped_for_others(step, sets, files):
    """Not by a limit that falls, nor for a file that wants the room."""
    Path("large").write_bytes(pattern(2 << 20))
    total = sum(map(len, files))
    got = sets("prefetch", MANY + 1, *range(MANY), "large", "done", MANY, "limit", 1, "held",
               "read", MANY, *words("read"), *words("done"), *words("read"), "held")
    assert int(got[0]) >= total <= int(got[-1])
    assert got[1:-1] == [said(pattern(2 << 20))] + [said(content) for content in files] * 2


@pytest.mark.parametrize("mode", ["prefetch", "adaptive"])
def test_what_may_be_a_frame_is_not_loaded_as_it_is_stored(step, sets, mode):
    """It is read as what it was; before step 410 that is refused, and not ignored."""
    for i in range(MANY):
        Path(str(i)).write_bytes(frames.lz4(pattern(500 + i)))
    got = sets("decode", mode, MANY, *range(MANY), "count", "read.bytes", *words("read"), "count",
               "set.read_ahead")
    decoded = [said(pattern(500 + i)) for i in range(MANY)]
    assert got[1:] == (decoded if step.number >= 410 else ["-EOPNOTSUPP"] * MANY) + ["0"]
    assert step.number >= 410 or got[0] == "0"


def test_a_file_that_cannot_be_opened_stops_no_other(step, sets, files):
    os.remove("7")
    os.remove("50")
    os.mkdir("50")
    got = sets("prefetch", MANY, *range(MANY), *words("read"))
    assert got[7] == "-ENOENT" and got[50] == "-EISDIR"
    assert [g for i, g in enumerate(got) if i not in (7, 50)] == [
        said(content) for i, content in enumerate(files) if i not in (7, 50)]


def test_nothing_waits_for_a_pipe_before_it_is_asked_for(step, sets, files):
    os.remove("9")
    os.mkfifo("9")
    assert sets("prefetch", MANY, *range(MANY), "read", 99) == [said(files[99])]
    assert sets("prefetch", 2, 8, 9, "read", 0) == [said(files[8])]


def test_empty_files_and_files_of_proc_are_what_they_are(step, sets, files):
    Path("0").write_bytes(b"")
    version = Path("/proc/version").read_bytes()
    got = sets("prefetch", MANY, *range(MANY - 1), "/proc/version", "read", 0, "read", 99)
    assert got == [said(b""), said(version)]


def test_links_are_followed(step, sets, files):
    os.remove("1")
    os.symlink("2", "1")
    assert sets("prefetch", MANY, *range(MANY), "read", 1, "fds")[0] == said(files[2])
