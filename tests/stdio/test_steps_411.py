"""Step 411: one limit for all that is held; what is used last stays longest."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import SANITIZED, counted

pytestmark = pytest.mark.from_step(411)

SIZE = 16 << 10


@pytest.fixture
def files() -> list[str]:
    names = [f"file{i:03}" for i in range(200)]
    for name in names:
        Path(name).write_bytes(f"{name}\n".encode() * (SIZE // 8))
    return names


@pytest.mark.timeout(300)
def test_a_hundred_thousand_files_in_turn_stay_within_the_limit(step, asan, run, files):
    limit = 64 * SIZE
    done = run([asan / "limits", str(limit), "100000", "150", *files], env=SANITIZED, timeout=280)
    assert done.returncode == 0, done.stderr  # 99: something leaked
    most = int(done.stdout.split()[1])
    assert limit - SIZE < most <= limit


def test_every_file_opened_is_closed_and_every_byte_given_back(step, asan, run, files, tmp_path):
    env = SANITIZED | {"COUNTERS": str(tmp_path / "counters")}
    done = run([asan / "stage", "bench", "many", "--mode", "prefetch", "--memory", str(8 * SIZE),
                "--set", *files], env=env)
    assert done.returncode == 0, done.stderr
    totals = counted(tmp_path / "counters")
    ring = totals["sys.io_uring_setup"]  # a descriptor, too
    assert totals["sys.open"] + ring == totals["sys.close"]
    assert totals["sys.mmap"] == totals["sys.munmap"]


def test_who_was_not_used_gives_way_and_who_is_looked_at_never(step, asan, run):
    for name in "abcd":
        Path(name).write_text(name * 65536)
    done = run([asan / "lru", *"abcd"], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "used acd", "cooled abd", "warmed acd", "viewed a", "released ", "touched ", "read a",
        "held 0"]
