"""Lines are what fgets gives, in however many pieces they come; bytes before an error come first."""
from __future__ import annotations

import pytest

from conftest import MODES, SANITIZED

SIZE = 50_000
PLACES = (0, 1, 4096, 30_000, SIZE - 1)
LONG = 13_000_000
TEXTS = 20


def said(run, program, *words: object) -> list[str]:
    done = run([program, *map(str, words)], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_hundred_messages_of_one_byte_that_make_a_line_are_one_line(step, asan, run):
    assert said(run, asan / "lines", "messages") == ["100", "0"]


@pytest.mark.parametrize("mode", MODES)
def test_a_line_may_be_as_long_as_it_likes_and_its_end_leaves_the_callers_memory(step, asan, run, mode):
    """After the last line, `?` is what stood there before the call."""
    assert said(run, asan / "lines", "long", mode, LONG) == [f"{LONG} x", "3 e", "0 ?"]


def test_lines_are_fgets_s_through_pipes_sockets_and_files(step, asan, run, seed):
    first = step.number * 1000 + (seed - 1) * TEXTS
    assert said(run, asan / "lines", "random", first, TEXTS) == [f"{TEXTS} texts"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mode", MODES)
def test_what_stands_before_a_bad_sector_is_read_before_the_error_is_told(step, asan, run, mode, place):
    """A map is filled by the kernel, where the test cannot make it fail: then all is read."""
    read_whole = mode == "mmap" and step.number >= 401
    mapped = mode == "adaptive" and 401 <= step.number
    for line in said(run, asan / "sector", mode, place):
        how, n, error = line.split()
        whole = (n, error) == (str(SIZE), "0")
        assert (n, error) == (str(place), "EIO") or whole and (read_whole or mapped), line
