"""Every call may fail, be cut short, or be interrupted."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import SANITIZED, pattern

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def test_whichever_call_fails_the_bytes_are_right_or_the_error_is_told(step, asan, run):
    """No descriptor, no memory and no half file is left behind."""
    done = run([asan / "faults", "fail"], env=SANITIZED, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 100, "hardly a call could be made to fail"


@pytest.mark.parametrize("kind", ["short", "eintr"])
def test_short_counts_and_interruptions_are_no_errors(step, asan, run, kind):
    done = run([asan / "faults", kind], env=SANITIZED)
    assert done.returncode == 0, done.stderr


def injected(run, plain, tmp_path, fault: str, *words: str):
    """The command under strace, its own files' calls tampered with."""
    return run(["strace", "-f", "-qq", "-o", "/dev/null", "-P", tmp_path / "from", "-P",
                tmp_path / "to", "-e", f"inject={fault}", plain / "stage", *words],
               env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})


@needs_strace
@pytest.mark.parametrize("fault", ["read,pread64:error=EINTR:when=1+2", "read,pread64:error=EINTR"
                                   ":when=1..3", "mmap:error=ENOMEM", "mmap:error=ENODEV",
                                   "fadvise64,madvise:error=EINVAL", "lseek:error=EINTR:when=1"])
@pytest.mark.parametrize("mode", ["mmap", "prefetch", "adaptive"])
def test_what_the_kernel_refuses_is_asked_for_in_another_way(step, plain, run, tmp_path, fault,
                                                             mode):
    Path("from").write_bytes(b"line\n" * 40_000)
    done = injected(run, plain, tmp_path, fault, "cat", "--mode", mode, str(tmp_path / "from"))
    assert (done.returncode, done.stdout) == (0, "line\n" * 40_000), done.stderr


@needs_strace
def test_a_disk_error_is_told_with_the_file_s_name(step, plain, run, tmp_path):
    Path("from").write_bytes(pattern(10_000))
    done = injected(run, plain, tmp_path, "read,pread64,mmap:error=EIO", "sum",
                    str(tmp_path / "from"))
    assert done.returncode == 1
    assert done.stderr == f"stage: {tmp_path}/from: Input/output error\n"


@needs_strace
@pytest.mark.parametrize("fault", ["copy_file_range,sendfile,splice,ioctl:error=EXDEV",
                                   "copy_file_range,sendfile,splice,ioctl:error=EINVAL",
                                   "copy_file_range,sendfile,splice,ioctl:error=EOPNOTSUPP",
                                   "copy_file_range,sendfile,splice,ioctl:error=ENOSYS",
                                   "copy_file_range:error=EXDEV", "sendfile:error=EINVAL",
                                   "copy_file_range,sendfile:error=EINTR:when=1+2"])
def test_a_copy_has_every_byte_whatever_the_kernel_cannot_do(step, plain, run, tmp_path, fault):
    Path("from").write_bytes(pattern(300_000))
    done = injected(run, plain, tmp_path, fault, "cp", str(tmp_path / "from"),
                    str(tmp_path / "to"))
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("to").read_bytes() == pattern(300_000)


@needs_strace
def test_a_full_disk_leaves_what_was_there(step, plain, run, tmp_path):
    Path("from").write_bytes(pattern(300_000))
    Path("to").write_bytes(b"old")
    calls = "write,pwrite64,copy_file_range,sendfile,splice,ioctl"
    done = run(["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                f"inject={calls}:error=ENOSPC:when=3+", plain / "stage", "cp", "from", "to"],
               env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    if done.returncode == 0:  # fewer than three calls were needed
        assert Path("to").read_bytes() == pattern(300_000)
    else:
        assert Path("to").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["from", "to"]
