"""Step 405: the kernel is told what it cannot see in time, and nothing else."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import pattern, said
from test_steps_403 import counted  # noqa: F401  (a fixture)
from test_steps_404 import sets  # noqa: F401

pytestmark = pytest.mark.from_step(405)


def test_a_long_file_that_is_read_in_order_is_announced_once(step, counted):  # noqa: F811
    Path("file").write_bytes(pattern(4 * 2**20))
    found = counted("bench", "read", "file", "--mode", "none", "--size", 2**16)
    assert found.get("sys.fadvise", 0) == 1, found


def test_a_short_file_costs_no_call_more(step, counted):  # noqa: F811
    Path("file").write_bytes(pattern(2**16))
    found = counted("bench", "read", "file", "--size", 4096)
    assert not found.get("sys.fadvise") and not found.get("sys.madvise"), found


def test_jumping_about_is_not_announced(step, counted):  # noqa: F811
    Path("file").write_bytes(pattern(4 * 2**20))
    found = counted("bench", "random", "file", "--reads", 100, "--size", 4096, "--seed", 1)
    assert not found.get("sys.fadvise") and not found.get("sys.madvise"), found


@pytest.mark.parametrize("mode", ("none", "mmap", "prefetch", "adaptive"))
def test_no_hint_changes_a_byte(step, answers, mode):
    content = pattern(50_000)
    Path("file").write_bytes(content)
    for hint in range(5):
        assert answers(mode, "file", "hint", hint, "read", 60_000) == ["0", said(content)]


@pytest.mark.parametrize("hint", range(5))
def test_a_hint_about_what_is_in_memory_alone_is_ignored(step, sets, hint):  # noqa: F811
    """The kernel has nothing to be told of: there is no descriptor."""
    Path("file").write_bytes(pattern(50_000))
    assert sets("prefetch", 1, "file", "hint", 0, hint, "count", "sys.fadvise", "count",
                "sys.madvise", "read", 0) == ["0", "0", "0", said(pattern(50_000))]
