"""Step 411: one limit for all that is held; what is used last stays longest."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import SANITIZED, counted, pattern, said

pytestmark = pytest.mark.from_step(411)

SIZE = 16 << 10


@pytest.fixture
def files() -> list[str]:
    names = [f"file{i:03}" for i in range(200)]
    for name in names:
        Path(name).write_bytes(f"{name}\n".encode() * (SIZE // 8))
    return names


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["prefetch", "mmap"])
def test_a_hundred_thousand_files_in_turn_stay_within_the_limit(step, asan, run, files, mode):
    """Each on its own, then all in one set; and no byte, descriptor or map is left."""
    limit = 64 * SIZE
    turns = 100_000 if mode == "prefetch" else 10_000
    done = run([asan / "limits", mode, str(limit), str(turns), "150", *files], env=SANITIZED,
               timeout=560)
    assert done.returncode == 0, done.stderr  # 99: something leaked
    most = int(done.stdout.split()[1])
    assert most <= limit and (mode == "mmap" or most > limit - 2 * SIZE)


def test_every_file_opened_is_closed_and_every_byte_given_back(step, asan, run, files, tmp_path):
    env = SANITIZED | {"COUNTERS": str(tmp_path / "counters")}
    done = run([asan / "stage", "bench", "many", "--mode", "prefetch", "--memory", str(8 * SIZE),
                "--set", *files], env=env)
    assert done.returncode == 0, done.stderr
    totals = counted(tmp_path / "counters")
    rings = totals["sys.io_uring_setup"] if totals["uring.requests"] else 0  # a descriptor, too
    assert totals["sys.open"] + rings == totals["sys.close"] > len(files) // 2
    assert totals["sys.mmap"] == totals["sys.munmap"]


def test_threads_that_drop_each_other_s_files_read_the_right_bytes(step, build_goal, run):
    """Under ThreadSanitizer: a file has 200,000 bytes, and three threads want theirs held."""
    threads = build_goal("stage-tsan") / "tsan" / "threads"
    for limit in (200_000, 450_000):
        done = run([threads, str(limit)], env=SANITIZED, timeout=100)
        assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_who_was_not_used_gives_way_and_who_is_looked_at_never(step, asan, run):
    for name in "abcd":
        Path(name).write_text(name * 65536)
    done = run([asan / "lru", *"abcd"], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "used acd", "cooled abd", "warmed acd", "viewed a", "released ", "touched ", "read a",
        "held 0"]


def test_a_dropped_file_is_read_again_only_when_as_much_was_wanted_as_it_has(step, answers):
    content = pattern(1_000_000)
    Path("file").write_bytes(content)
    dropped = ("prefetch", "file", "limit", 1, "mode", "limit", 10**6)
    some = [word for i in range(10) for word in ("pread", 64, 100_000 * i)]
    assert answers(*dropped, *some, "mode", "read", 10**6, "mode") == [
        "none", *(said(content[100_000 * i:100_000 * i + 64]) for i in range(10)), "none",
        said(content), "prefetch"]
