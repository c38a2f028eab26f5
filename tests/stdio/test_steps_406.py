"""What step 406 claims of copies; true at every step from there on."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest

from conftest import pattern
from measure import steps

pytestmark = pytest.mark.from_step(406)
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
SIZE = 300_000
MOVERS = ("copy_file_range", "sendfile", "splice")


@pytest.fixture
def copied(plain, run):
    """Copy `from` to `to`; the counters."""
    def copy(source: str = "from") -> Counter[str]:
        done = run([plain / "stage", "bench", "copy", source, "to"], env={"COUNTERS": "counters"})
        assert done.returncode == 0, done.stderr
        found: Counter[str] = Counter()
        for line in Path("counters").read_text().splitlines():
            name, value = line.split()
            found[name] += int(value)
        return found
    return copy


@pytest.fixture
def tampered(plain, run, tmp_path):
    """The same under strace, with these faults: the program's end, and its calls in order."""
    def copy(*faults: str) -> tuple[subprocess.CompletedProcess, list[str]]:
        inject = [word for fault in faults for word in ("-e", f"inject={fault}")]
        done = run(["strace", "-f", "-qq", "-o", "log", "-P", tmp_path / "to", "-P",
                    tmp_path / "from", *inject, plain / "stage", "cp", "from", "to"],
                   env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
        return done, re.findall(r"^\d+ +(\w+)\(", Path("log").read_text(), re.M)
    return copy


def test_a_copy_passes_no_byte_through_the_program(step, copied):
    Path("from").write_bytes(pattern(SIZE))
    got = copied()
    assert Path("to").read_bytes() == pattern(SIZE)
    assert got["read.bytes"] == got["write.bytes"] == 0
    assert got["copied.bytes"] == SIZE or got["copy.clones"] == 1


@pytest.mark.parametrize("step", [s for s in steps.all_steps(part="stdio")
                                  if s.number in (406, 407)], ids=lambda s: s.id, indirect=True)
def test_a_file_of_more_than_2_gib_is_copied_whole_in_pieces(step, copied):
    """One call moves no more than 0x7ffff000 bytes, whatever it is asked."""
    size = 2**31 + 12345
    with open("from", "wb") as f:
        os.posix_fallocate(f.fileno(), 0, size)  # zeroes without a hole
        os.pwrite(f.fileno(), b"the end", size - 7)
        os.pwrite(f.fileno(), b"island", 2**30)
    try:
        got = copied()
        assert os.path.getsize("to") == size
        with open("to", "rb") as f:
            assert os.pread(f.fileno(), 20, size - 7) == b"the end"
            assert os.pread(f.fileno(), 8, 2**30 - 1) == b"\0island\0"
        assert got["copied.bytes"] == size or got["copy.clones"] == 1
    finally:
        os.remove("from")
        Path("to").unlink(missing_ok=True)


def test_files_of_proc_are_copied_although_the_kernel_s_calls_see_nothing_in_them(step, copied):
    copied("/proc/version")
    assert Path("to").read_bytes() == Path("/proc/version").read_bytes()


def test_a_file_is_not_copied_onto_itself(step, plain, run):
    Path("from").write_bytes(b"precious")
    os.link("from", "second")
    os.symlink("from", "third")
    for to in ("from", "second", "third", "./from"):
        assert run([plain / "stage", "cp", "from", to]).returncode == 1
    assert Path("from").read_bytes() == b"precious"


@needs_strace
@pytest.mark.parametrize("errno", ["EXDEV", "EINVAL", "EOPNOTSUPP", "ENOSYS", "EPERM", "EBADF",
                                   "ETXTBSY", "EIO", "EAGAIN", "EBUSY", "ESTALE"])
def test_a_kernel_call_that_refuses_hands_over_to_the_next(step, tampered, errno):
    Path("from").write_bytes(pattern(SIZE))
    for refusing in (("ioctl",), ("ioctl", "copy_file_range"), ("ioctl", *MOVERS)):
        Path("to").unlink(missing_ok=True)
        done, calls = tampered(f"{','.join(refusing)}:error={errno}")
        assert (done.returncode, done.stderr) == (0, "")
        assert Path("to").read_bytes() == pattern(SIZE)


@needs_strace
def test_sendfile_is_asked_where_copy_file_range_refuses_and_read_comes_last(step, plain, run):
    Path("from").write_bytes(pattern(SIZE))

    def calls(refusing: str) -> list[str]:
        done = run(["strace", "-f", "-qq", "-o", "log", "-e", f"inject={refusing}:error=EXDEV",
                    plain / "stage", "cp", "from", "to"], env={"PATH": "/usr/bin:/bin"})
        assert done.returncode == 0, done.stderr
        return re.findall(r"^\d+ +(ioctl|copy_file_range|sendfile|splice|pwrite64)\(",
                          Path("log").read_text(), re.M)
    assert calls("ioctl,copy_file_range")[:3] == ["ioctl", "copy_file_range", "sendfile"]
    assert "pwrite64" not in calls("ioctl,copy_file_range")
    assert calls("ioctl,copy_file_range,sendfile,splice")[:5] == [
        "ioctl", *MOVERS, "pwrite64"]


@needs_strace
@pytest.mark.parametrize("call", MOVERS)
def test_a_full_disk_is_an_error_not_a_reason_to_try_another_call(step, plain, run, tmp_path, call):
    Path("from").write_bytes(pattern(SIZE))
    Path("to").write_bytes(b"old")
    refusing = ",".join(("ioctl", *MOVERS[:MOVERS.index(call)]))
    done = run(["strace", "-f", "-qq", "-o", "log", "-e", f"inject={refusing}:error=EINVAL", "-e",
                f"inject={call}:error=ENOSPC", plain / "stage", "cp", "from", "to"],
               env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    assert done.returncode == 1 and "No space left on device" in done.stderr
    assert Path("to").read_bytes() == b"old"
    assert "pwrite" not in Path("log").read_text()


def test_pipes_at_either_end_are_spliced_and_get_every_byte(step, plain, run, copied):
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(pattern(SIZE)))
    writer.start()
    got = copied("pipe")
    writer.join(10)
    assert Path("to").read_bytes() == pattern(SIZE)
    assert got["read.bytes"] == 0 and got["sys.splice"] > 0
    cat = subprocess.run([plain / "stage", "cat", "to"], capture_output=True, timeout=60)
    assert cat.stdout == pattern(SIZE)
