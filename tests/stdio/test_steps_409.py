"""What step 409 claims: a file may be truncated under its map, and no program ends by it."""
from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from conftest import SANITIZED, pattern, said

pytestmark = pytest.mark.from_step(409)
PAGE = 4096
# The program's default action is wanted, not the sanitizer's report of it.
ENV = SANITIZED | {"ASAN_OPTIONS": SANITIZED["ASAN_OPTIONS"] + ":handle_sigbus=0"}


@pytest.fixture
def shrink(asan, run):
    """A case of tests/stdio/main/shrink.c."""
    return lambda case: run([asan / "shrink", case], env=ENV)


def test_what_is_read_of_a_truncated_map_is_what_read_gives(step, ops):
    content = pattern(300_000)
    Path("file").write_bytes(content)
    talk = ops("mmap", "file", "wait", "pread", 100_000, 100_000, "read", 200_000, "read", 10,
               "mode")
    talk.until_waiting()
    os.truncate("file", 150_000)
    assert talk.rest()[:3] == [said(content[100_000:150_000]), said(content[:150_000]), said(b"")]


@pytest.mark.parametrize("end", (150_001, 150_002, 151_551))
def test_the_zeroes_behind_the_end_on_its_last_page_are_not_the_files(step, ops, end):
    """150,000 to 151,552 are on one page, so that nothing is missing, and no signal comes."""
    content = pattern(300_000)
    Path("file").write_bytes(content)
    talk = ops("mmap", "file", "wait", "pread", 1552, 150_000, "view", 150_000, 1552)
    talk.until_waiting()
    os.truncate("file", end)
    assert 151_552 % PAGE == 0
    assert talk.rest() == [said(content[150_000:end])] * 2


def test_a_view_of_the_zeroes_behind_the_end_is_broken(step, ops):
    content = pattern(300_000)
    Path("file").write_bytes(content)
    talk = ops("mmap", "file", "wait", "view", 150_000, 1552)
    talk.until_waiting()
    os.truncate("file", 150_010)
    assert talk.rest() == [said(content[150_000:150_010] + bytes(1542)), "broken"]


def test_sending_a_truncated_map_ends_where_the_file_ends(step, ops):
    Path("file").write_bytes(b"x" * 300_000)
    talk = ops("mmap", "file", "seek", 149_990, "set", "wait", "send", 100)
    assert talk.until_waiting() == ["149990"]
    os.truncate("file", 150_000)
    assert talk.rest() == ["xxxxxxxxxx10"]


def test_nobody_sees_a_signal_or_a_wrong_byte_in_a_race(step, shrink):
    done = shrink("race")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_the_handler_shares_nothing_unsynchronized_with_threads(step, build_goal, run):
    done = run([build_goal("stage-tsan") / "tsan" / "shrink", "race"], env=SANITIZED)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_programs_own_handler_gets_what_is_its_own_and_nothing_else(step, shrink):
    done = shrink("handler")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


@pytest.mark.parametrize("case", ("default", "sent"))
def test_a_sigbus_of_somebody_elses_still_ends_a_program_without_a_handler(step, shrink, case):
    done = shrink(case)
    assert done.returncode == -signal.SIGBUS, done.stderr


def test_a_program_that_ignores_the_signal_goes_on_ignoring_it(step, shrink):
    assert shrink("ignored").stdout == "done\n"


def test_nothing_is_mapped_that_cannot_be_guarded(step, shrink):
    assert shrink("later").stdout.splitlines() == ["mmap", "none", "done"]
    assert shrink("blocked").stdout.splitlines() == ["none", "done"]
