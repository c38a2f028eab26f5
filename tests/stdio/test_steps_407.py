"""What step 407 claims of copies in ranges; true at every step from there on."""
from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conftest import SANITIZED, pattern

pytestmark = pytest.mark.from_step(407)
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
MIB = 2**20
ONE_RANGE = 413  # from here on, unless the rules say more
NO_CLONE = ["-e", "inject=ioctl:error=EOPNOTSUPP"]
PATHS = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}


@pytest.fixture
def traced(plain, run, tmp_path):
    """Copy `from` to `to` under strace."""
    def copy(*inject: str, only: str | None = None):
        paths = ["-P", tmp_path / only] if only else []
        return run(["strace", "-f", "-qq", "-o", "log", *NO_CLONE, *paths,
                    *(w for i in inject for w in ("-e", f"inject={i}")), plain / "stage", "cp",
                    "from", "to"], env=PATHS)
    return copy


@needs_strace
@pytest.mark.parametrize("size, ranges", [(31 * MIB, 1), (32 * MIB, 2), (64 * MIB, 4),
                                          (100 * MIB + 1, 4)])
def test_a_large_copy_is_up_to_four_ranges_and_the_same_bytes(step, traced, size, ranges):
    if step.number >= ONE_RANGE:
        ranges = 1
    content = pattern(size)
    Path("from").write_bytes(content)
    done = traced()
    assert done.returncode == 0, done.stderr
    assert Path("to").read_bytes() == content
    calls = re.findall(r"^(\d+) +copy_file_range\(\d+, \[(\d+)\]", Path("log").read_text(), re.M)
    begins = Counter(int(at) // (size // ranges // MIB * MIB) for _, at in calls)
    assert set(range(ranges)) <= set(begins)


@needs_strace
def test_an_error_in_one_range_is_the_copy_s_and_leaves_the_old_file(step, traced):
    Path("from").write_bytes(pattern(64 * MIB))
    for call in range(1, 5):
        Path("to").write_bytes(b"old")
        done = traced(f"copy_file_range:error=ENOSPC:when={call}+")
        if done.returncode == 0:  # `when` counts for each thread: not every one calls so often
            assert call > 1
            continue
        assert "No space left on device" in done.stderr
        assert Path("to").read_bytes() == b"old"


@needs_strace
def test_threads_that_cannot_be_had_are_done_without(step, traced):
    Path("from").write_bytes(pattern(64 * MIB))
    done = traced("clone,clone3:error=EAGAIN")
    assert done.returncode == 0, done.stderr
    assert Path("to").read_bytes() == pattern(64 * MIB)


@needs_strace
def test_a_file_that_ends_early_is_copied_to_its_end_and_nothing_behind_it(step, traced):
    """The kernel says that no range has a byte; and then only that its fast call sees none."""
    Path("from").write_bytes(pattern(64 * MIB))
    for what, copied in (("copy_file_range,pread64:retval=0", b""),
                         ("copy_file_range:retval=0", pattern(64 * MIB))):
        done = traced(what, only="from")
        assert done.returncode == 0, done.stderr
        assert Path("to").read_bytes() == copied


def test_what_the_threads_share_is_under_a_lock(step, build_goal, run):
    """Under ThreadSanitizer: a copy in ranges, and a set that threads load."""
    stage = build_goal("stage-tsan") / "tsan" / "stage"
    Path("from").write_bytes(pattern(64 * MIB))
    assert run([stage, "cp", "from", "to"], env=SANITIZED).returncode == 0
    assert Path("to").read_bytes() == pattern(64 * MIB)
    names = [f"{i}.c" for i in range(200)]
    for name in names:
        Path(name).write_text("int x;\n" * 50)
    done = run([stage, "bench", "tokens", *names], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("bytes 70000 tokens 30000\n")
