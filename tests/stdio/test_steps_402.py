"""What step 402 claims of prefetched files; true at every step from there on."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from conftest import pattern, said

pytestmark = pytest.mark.from_step(402)
SIZE = 1_000_003


def test_a_prefetched_file_is_asked_for_once(step, plain, run):
    """Whatever is read of it: here 20 bytes, and none at its end."""
    Path("data").write_bytes(pattern(SIZE))
    done = run([plain / "stage", "bench", "random", "data", "--reads", "2", "--size", "10",
                "--seed", "1", "--mode", "prefetch"], env={"COUNTERS": "counters"})
    assert done.returncode == 0, done.stderr
    got = [line.split() for line in Path("counters").read_text().splitlines()]
    asked = sum(int(v) for name, v in got if name in ("sys.read", "sys.pread"))
    came = sum(int(v) for name, v in got if name == "read.bytes")
    copied = sum(int(v) for name, v in got if name == "copy.bytes")
    assert (asked, came, copied) == (1, SIZE, 20)


def test_what_is_held_is_counted_and_given_back(step, answers):
    Path("file").write_bytes(pattern(5000))
    assert answers("prefetch", "file", "held", "mode", "unstage", "held", "mode", "read", 9999) == [
        "5000", "prefetch", "0", "none", said(pattern(5000))]


def test_a_file_beyond_the_limit_is_read_as_before(step, answers):
    Path("file").write_bytes(pattern(5000))
    assert answers("none", "file", "limit", 4999, "stage", "prefetch", "mode", "held", "read",
                   9999) == ["0", "none", "0", said(pattern(5000))]


def test_what_was_prefetched_stays_when_the_file_goes(step, ops):
    Path("file").write_bytes(pattern(50_000))
    talk = ops("prefetch", "file", "wait", "read", 40_000, "view", 45_000, 10)
    talk.until_waiting()
    os.truncate("file", 0)
    assert talk.rest() == [said(pattern(50_000)[:40_000]), said(pattern(50_000)[45_000:45_010])]
