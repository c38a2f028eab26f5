"""Step 410: a file that has no room in memory as it is, held compressed; when that pays."""
from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from conftest import SANITIZED, counted, said

pytestmark = pytest.mark.from_step(410)

BLOCK = 64 << 10
SIZE = 4_000_003
LIMIT = 3_000_000
TEXT = b"".join(b"line %d of many, all alike\n" % i for i in range(160_000))[:SIZE]
NOISE = random.Random(410).randbytes(SIZE)
HELD = ("none", "file", "limit", LIMIT, "stage", "prefetch", "mode", "held")


@pytest.fixture
def bench(plain, run):
    """What a bench case over the file `file` says, and its counters."""
    def of(case: str, *words: object) -> tuple[str, Counter[str]]:
        done = run([plain / "stage", "bench", case, "file", *map(str, words)],
                   env={"COUNTERS": "counters"})
        assert done.returncode == 0, done.stderr
        return done.stdout, counted()
    return of


def begins_well(content: bytes, beginning: int) -> bytes:
    """Each quarter begins with text."""
    quarter = len(content) // 4
    return b"".join(TEXT[:beginning] + content[i * quarter + beginning:(i + 1) * quarter]
                    for i in range(4))


def test_what_has_no_room_as_it_is_is_held_packed(step, answers):
    Path("file").write_bytes(TEXT)
    ok, mode, held, *rest = answers(*HELD, "read", SIZE, "read", 1, "pread", 100, SIZE - 50,
                                    "unstage", "held", "mode")
    assert (ok, mode) == ("0", "prefetch")
    assert 0 < int(held) < SIZE / 2 + 4 * BLOCK
    assert rest == [said(TEXT), said(b""), said(TEXT[-50:]), "0", "none"]


def test_what_is_held_is_what_the_counters_say(step, bench):
    Path("file").write_bytes(TEXT)
    _, got = bench("read", "--mode", "prefetch", "--memory", LIMIT)
    assert (got["packed.files"], got["packed.plain"]) == (1, SIZE)
    assert 4 * BLOCK < got["packed.bytes"] < SIZE / 2


def test_a_reader_in_order_has_each_block_decoded_once(step, bench):
    Path("file").write_bytes(TEXT)
    _, got = bench("read", "--size", 1000, "--mode", "prefetch", "--memory", LIMIT)
    assert got["packed.decoded"] == got["copy.bytes"] == SIZE


def test_a_jump_costs_a_block_and_a_place_just_looked_at_nothing(step, answers, bench):
    Path("file").write_bytes(TEXT)
    _, got = bench("random", "--reads", 40, "--size", 100, "--mode", "prefetch", "--memory", LIMIT)
    assert got["packed.decoded"] % BLOCK in (0, SIZE % BLOCK)
    assert 20 * BLOCK < got["packed.decoded"] <= 80 * BLOCK


@pytest.mark.parametrize("case", [["read"], ["read", "--view"], ["read", "--size", 70_000],
                                  ["random", "--reads", 300, "--size", 4096, "--seed", 3],
                                  ["random", "--reads", 99, "--size", 9999, "--view"],
                                  ["again", "--times", 2]], ids=lambda c: " ".join(map(str, c)))
def test_the_same_bytes_as_without_it(step, bench, case):
    Path("file").write_bytes(TEXT)
    packed, got = bench(*case, "--mode", "prefetch", "--memory", LIMIT)
    assert got["packed.files"] >= 1
    assert packed == bench(*case, "--mode", "none")[0]


@pytest.mark.parametrize("content", [NOISE, TEXT[:900_000], begins_well(NOISE, 2 * BLOCK)],
                         ids=["does not shrink", "small", "only begins well"])
def test_where_it_does_not_pay_the_buffer_answers(step, answers, content):
    Path("file").write_bytes(content)
    limit = min(LIMIT, len(content) - 1)
    assert answers("none", "file", "limit", limit, "stage", "prefetch", "mode", "held", "read",
                   SIZE) == ["0", "none", "0", said(content)]


def test_what_does_not_shrink_costs_a_look_at_four_blocks(step, bench):
    Path("file").write_bytes(NOISE)
    _, got = bench("read", "--mode", "prefetch", "--memory", LIMIT)
    assert got["read.bytes"] == SIZE + 4 * BLOCK and got["packed.files"] == 0


@pytest.mark.parametrize("how", [("prefetch", SIZE), ("adaptive", LIMIT), ("mmap", LIMIT),
                                 ("none", LIMIT)], ids=lambda how: f"{how[0]} {how[1]}")
def test_nothing_is_packed_that_has_room_or_was_not_asked_for(step, bench, how):
    Path("file").write_bytes(TEXT)
    mode, memory = how
    for case in (["read"], ["again", "--times", 3]):
        assert bench(*case, "--mode", mode, "--memory", memory)[1]["packed.files"] == 0


def test_less_room_than_even_that_takes_leaves_the_buffer(step, answers):
    Path("file").write_bytes(TEXT)
    assert answers("none", "file", "limit", 5 * BLOCK, "stage", "prefetch", "mode", "held", "read",
                   SIZE) == ["0", "none", "0", said(TEXT)]


def test_what_is_held_packed_stays_when_the_file_goes(step, ops):
    Path("file").write_bytes(TEXT)
    talk = ops(*HELD, "wait", "read", SIZE)
    talk.until_waiting()
    os.truncate("file", 0)
    assert talk.rest() == [said(TEXT)]


def test_staged_again_where_there_is_room_it_is_plain(step, answers):
    Path("file").write_bytes(TEXT)
    assert answers(*HELD, "limit", 2 * SIZE, "stage", "prefetch", "mode", "held")[3:] == [
        "0", "prefetch", str(SIZE)]


@pytest.mark.from_step(411)
def test_packed_bytes_give_way_and_then_the_buffer_answers(step, answers):
    Path("file").write_bytes(TEXT)
    assert answers(*HELD, "limit", 4 * BLOCK, "mode", "held", "read", SIZE)[3:] == [
        "none", "0", said(TEXT)]


def test_views_stay_while_other_places_are_asked_for(step, asan, run):
    Path("file").write_bytes(TEXT)
    done = run([asan / "packed", "places", "file", LIMIT], env=SANITIZED)
    assert (done.returncode, done.stdout) == (0, "100\n"), done.stderr


def test_threads_share_the_slots(step, build_goal, run):
    Path("file").write_bytes(TEXT)
    program = build_goal("stage-tsan") / "tsan" / "packed"
    done = run([program, "threads", "file", LIMIT], env=SANITIZED)
    assert (done.returncode, done.stdout) == (0, "100\n"), done.stderr


def test_whichever_allocation_fails_the_bytes_are_right(step, asan, run):
    Path("file").write_bytes(TEXT)
    done = run([asan / "packed", "fail", "file", LIMIT], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 4, "hardly an allocation could be made to fail"
