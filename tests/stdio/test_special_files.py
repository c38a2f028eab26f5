"""Files that are no plain bytes on a disk, and files that change under the reader."""
from __future__ import annotations

import os
import pty
import threading
from pathlib import Path

import pytest

from conftest import MODES, pattern, said

PAGE = 4096
SIZES = (0, 1, PAGE - 1, PAGE, PAGE + 1, 16 * PAGE, 1_000_003)

in_every_mode = pytest.mark.parametrize("mode", MODES)


# --- sizes -------------------------------------------------------------------------------------


@in_every_mode
def test_files_of_every_size_end_where_they_end(step, answers, mode):
    for size in SIZES:
        content = pattern(size)
        Path("file").write_bytes(content)
        assert answers(mode, "file", "read", size + 10, "read", 5, "tell", "seek", 0, "end",
                       "pread", 10, max(size - 1, 0), "pread", 10, size + 1, "view", 0, size + 10,
                       "view", size, 1, "view", size + PAGE, 1) == [
            said(content), said(b""), str(size), str(size), said(content[-1:]), said(b""),
            said(content), said(b""), said(b"")], f"{size} bytes"


@in_every_mode
def test_more_than_4_gib_and_holes(step, answers, mode):
    size = 5 * 2**30 + 17
    with open("sparse", "wb") as f:
        f.truncate(size)
        for at in (2**32 - 3, 2**32 + PAGE, size - 7):
            os.pwrite(f.fileno(), b"island!"[:min(7, size - at)], at)
    assert answers(mode, "sparse", "seek", 0, "end", "seek", 2**32 - 5, "set", "read", 20,
                   "pread", 9, 2**32 + PAGE - 1, "view", size - 7, 100, "seek", -7, "end",
                   "read", 100, "tell") == [
        str(size), str(2**32 - 5), said(b"\0\0island!" + bytes(11)), said(b"\0island!\0"),
        said(b"island!"), str(size - 7), said(b"island!"), str(size)]


@in_every_mode
def test_a_position_beyond_the_end_reads_nothing_and_one_before_the_beginning_is_refused(
        step, answers, mode):
    Path("file").write_bytes(b"0123456789")
    assert answers(mode, "file", "seek", 1000, "set", "read", 1, "gets", 10, "tell", "seek", -1001,
                   "cur", "seek", -11, "end", "seek", 2**63 - 1, "cur", "tell") == [
        "1000", said(b""), said(b""), "1000", "-EINVAL", "-EINVAL", "-EOVERFLOW", "1000"]


@in_every_mode
def test_a_view_has_its_limit_in_every_mode(step, answers, mode):
    with open("large", "wb") as f:
        f.truncate(18 * 2**20)
    assert answers(mode, "large", "view", 0, 18 * 2**20, "view", 2**20 + 1, 2**25) == [
        said(bytes(2**24))] * 2


# --- what has no size --------------------------------------------------------------------------


@in_every_mode
def test_a_pipe_is_read_in_order_and_has_no_offsets(step, answers, mode):
    content = pattern(100_000)
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(content))
    writer.start()
    got = answers(mode, "pipe", "read", 10, "seek", 0, "set", "seek", 0, "cur", "pread", 1, 0,
                  "view", 0, 1, "read", 70_000, "mode", "read", 50_000, "read", 1, "tell")
    writer.join(10)
    assert got == [said(content[:10]), "-ESPIPE", "-ESPIPE", "-ESPIPE", "-ESPIPE",
                   said(content[10:70_010]), "none", said(content[70_010:]), said(b""), "100000"]


@in_every_mode
def test_a_terminal_is_read_line_by_line(step, ops, mode):
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"first\nsecond\n\x04")
        talk = ops(mode, "/dev/stdin", "gets", 100, "gets", 100, "gets", 100, "mode", stdin=theirs)
        out, errors = talk.program.communicate(timeout=30)
        assert out.splitlines() == [said(b"first\n"), said(b"second\n"), said(b""), "none"], errors
    finally:
        os.close(ours)
        os.close(theirs)


@in_every_mode
def test_files_of_proc_have_bytes_although_their_size_is_0(step, answers, mode):
    content = Path("/proc/cpuinfo").read_bytes()
    assert os.stat("/proc/cpuinfo").st_size == 0
    got = answers(mode, "/proc/version", "read", 10_000, "seek", 6, "set", "read", 7, "read", 9999,
                  "pread", 7, 6)
    version = Path("/proc/version").read_bytes()
    assert got == [said(version), "6", said(version[6:13]), said(version[13:]), said(version[6:13])]
    lines = answers(mode, "/proc/cpuinfo", *["gets", 4096] * 3)
    assert lines == [said(line) for line in content.splitlines(keepends=True)[:3]]


@in_every_mode
def test_a_directory_opens_as_with_stdio_and_cannot_be_read(step, answers, mode):
    assert answers(mode, "/", "read", 10, "gets", 10, "pread", 1, 0, "view", 0, 1) == [
        "-EISDIR"] * 4


@in_every_mode
def test_devices_are_read_as_they_are(step, answers, mode):
    assert answers(mode, "/dev/null", "read", 10, "gets", 10, "view", 0, 10) == [said(b"")] * 3
    assert answers(mode, "/dev/zero", "read", 10_000, "pread", 10, 2**40, "tell") == [
        said(bytes(10_000)), said(bytes(10)), "10000"]


@in_every_mode
def test_a_descriptor_is_left_where_its_reader_was(step, answers, mode):
    Path("file").write_bytes(pattern(50_000))
    assert answers("-fd", mode, "file", "read", 5000, "seek", -1000, "cur")[-1] == "at 4000"


# --- what changes ------------------------------------------------------------------------------


@in_every_mode
def test_what_is_appended_is_read(step, ops, mode):
    Path("file").write_bytes(pattern(5000))
    talk = ops(mode, "file", "read", 9999, "read", 1, "wait", "read", 9999, "pread", 9999, 4990,
               "view", 5000, 100)
    assert talk.until_waiting() == [said(pattern(5000)), said(b"")]
    with open("file", "ab") as f:
        f.write(b"and more")
    assert talk.rest() == [said(b"and more"), said(pattern(5000)[4990:] + b"and more"),
                           said(b"and more")]


@in_every_mode
def test_a_view_of_a_file_that_has_grown_ends_where_the_file_did_or_does(step, ops, mode):
    """And a view that begins there shows the rest; where an end was told, the second one."""
    Path("file").write_bytes(pattern(5000))
    talk = ops(mode, "file", "view", 0, 9999, "wait", "view", 0, 99_999, "view", 4000, 2000,
               "view", 5000, 99_999, "view", 5000, 99_999)
    assert talk.until_waiting() == [said(pattern(5000))]
    Path("file").write_bytes(pattern(80_000))
    whole, middle, *rest = talk.rest()
    assert whole in (said(pattern(5000)), said(pattern(80_000)))
    assert middle in (said(pattern(5000)[4000:]), said(pattern(80_000)[4000:6000]))
    assert said(pattern(80_000)[5000:]) in rest


@in_every_mode
def test_a_file_that_is_unlinked_or_replaced_stays_the_one_that_was_opened(step, ops, mode):
    content = pattern(300_000)
    Path("file").write_bytes(content)
    talk = ops(mode, "file", "read", 10, "wait", "read", 200_000, "view", 250_000, 10,
               "seek", 0, "end")
    talk.until_waiting()
    Path("other").write_bytes(b"something else")
    os.rename("other", "file")
    assert talk.rest() == [said(content[10:200_010]), said(content[250_000:250_010]), "300000"]


@pytest.mark.parametrize("mode", ("none", "prefetch"))
def test_a_file_that_shrinks_ends_earlier_or_is_the_old_one(step, ops, mode):
    """(A map that shrinks is step 409's.)"""
    content = pattern(300_000)
    Path("file").write_bytes(content)
    talk = ops(mode, "file", "read", 10, "wait", "seek", 100_000, "set", "read", 250_000,
               "pread", 10, 200_000)
    talk.until_waiting()
    os.truncate("file", 150_000)
    got = talk.rest()
    assert got in (["100000", said(content[100_000:150_000]), said(b"")],
                   ["100000", said(content[100_000:]), said(content[200_000:200_010])])


@pytest.mark.from_step(409)
@pytest.mark.parametrize("mode", ("mmap", "adaptive"))
def test_a_map_that_shrinks_is_an_end_or_an_error_and_no_signal(step, ops, mode):
    content = pattern(300_000)
    Path("file").write_bytes(content)
    talk = ops(mode, "file", "read", 10, "wait", "seek", 100_000, "set", "read", 250_000,
               "read", 10, "pread", 10, 200_000)
    talk.until_waiting()
    os.truncate("file", 150_000)
    got = talk.rest()
    assert got[1] in ("-EIO", said(content[100_000:150_000]), said(content[100_000:]))
    assert got[3] in ("-EIO", said(b""), said(content[200_000:200_010]))


def test_reading_what_cannot_be_opened_names_the_error(step, answers):
    Path("file").touch()
    assert answers("none", "missing") == ["open -ENOENT"]
    assert answers("none", "file/below") == ["open -ENOTDIR"]
    assert answers("17", "file") == ["open -EINVAL"]
    assert answers("none", "file", "stage", 9, "hint", 9, "gets", 0) == ["-EINVAL"] * 3
