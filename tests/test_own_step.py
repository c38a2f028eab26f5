"""make start-N and make try-N: a right solution is seen to be right, and each usual mistake is
explained. The solution is the project's own step 101, the mistakes are small changes to it.
"""
from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.timeout(400)

STEP = "steps/101-block-cache"
MINE = "mine/101-block-cache/bio.c"


@pytest.fixture
def begun(project):
    """The project, with step 101 begun and its golden made here and now."""
    assert project.make("start-101").returncode == 0
    return project


@pytest.fixture
def solved(begun):
    """The right solution, and the counters to compare with."""
    ran = begun.make("run-101", "WORKLOAD=elf-24m", env={"ACCEL": "tcg"})
    assert ran.returncode == 0, ran.stderr
    counters = json.loads((begun.root / "build/101/run.json").read_text())["counters"]
    begun.write(f"{STEP}/golden.json", json.dumps({"workload": "elf-24m", "counters": counters}))
    begun.write(MINE, (begun.root / STEP / "bio.c").read_text())
    return begun


def graded(project, tests: str = "-k test_hosted_cache") -> tuple[int, str]:
    """Status and output of make try-101; of the part's tests usually only those of the cache."""
    done = project.make("try-101", env={"ACCEL": "tcg", "PYTEST_ADDOPTS": tests}, timeout=350)
    return done.returncode, done.stdout + done.stderr


# --- start --------------------------------------------------------------------------------------


def test_start_lays_the_slow_file_below_its_task(begun):
    text = (begun.root / MINE).read_text()
    slow = (begun.root / "steps/100-sector-by-sector/bio.c").read_text()
    assert text.startswith("/*\n * YOUR TASK, step 101-block-cache")
    assert text.endswith(slow)
    assert "make try-101" in text and "cache.hits and cache.misses" in text


def test_start_does_not_touch_what_was_begun(begun):
    begun.write(MINE, "my work\n")
    again = begun.make("start-block-cache")
    assert again.returncode != 0
    assert again.stderr.startswith("mine/101-block-cache is there already")
    assert (begun.root / MINE).read_text() == "my work\n"


def test_a_file_that_the_step_only_adds_begins_as_its_task_and_its_header(project):
    project.write(f"{STEP}/elf_ahead.c", "int ahead;\n")
    project.write("src/kernel/elf_ahead.h", "/* Reads ahead. */\n")
    assert project.make("start-101").returncode == 0
    text = (project.root / "mine/101-block-cache/elf_ahead.c").read_text()
    assert text.endswith('#include "kernel/elf_ahead.h"\n') and "The task is in bio.c" in text


@pytest.mark.parametrize("verb, complaint", [
    ("start-100", "100-sector-by-sector is the slow system"),
    ("start-177", "there is no step 177; there are: 100-sector-by-sector"),
    ("try-101", "mine/101-block-cache does not exist; `make start-101` begins it"),
    ("try-177", "there is no step 177"),
])
def test_what_cannot_be_done_is_said_in_a_line(project, verb, complaint):
    done = project.make(verb)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith(complaint)
    assert len(done.stderr.splitlines()) == 2  # the second is make's own


# --- try ----------------------------------------------------------------------------------------


def test_the_right_solution_passes(solved):
    status, said = graded(solved, tests="")
    assert status == 0, said
    assert "✓ loads elf-24m byte for byte" in said
    assert "✓ what is right at every step: all" in said
    assert "✓ what is promised up to step 101: all" in said
    assert "✓ virtio.requests" in said
    assert "101-block-cache is solved" in said
    assert "✗" not in said


def test_larger_tables_and_a_counter_more_are_no_mistake(solved):
    solved.replace(MINE, "NCHAINS = 1024", "NCHAINS = 8192")
    solved.replace(MINE, 'COUNTER(misses, "cache.misses");',
                   'COUNTER(misses, "cache.misses");\nCOUNTER(mine, "cache.questions");')
    status, said = graded(solved)
    assert status == 0, said
    assert "· cache.questions: 0 (shown, not graded)" in said


def test_a_cost_that_is_lower_than_the_projects_is_called_better(solved):
    golden = solved.root / STEP / "golden.json"
    golden.write_text(golden.read_text().replace('"elf.read_at": 6', '"elf.read_at": 96'))
    status, said = graded(solved, "-k test_a_block_is_read_once")
    assert status != 0
    assert "✗ elf.read_at: expected 96" in said
    assert "Better than the project's step, if nothing has been left out." in said


def test_an_error_of_the_compiler_names_the_readers_file(begun):
    begun.write(MINE, "int broken(void) { return missing; }\n")
    status, said = graded(begun)
    assert status != 0
    assert f"{MINE}:1:27: error: ‘missing’ undeclared" in said or f"{MINE}:1:27: error: 'missing'" in said
    assert "Traceback" not in said


def test_nothing_done_yet_is_right_but_counts_too_much(solved):
    solved.write(MINE, (solved.root / "steps/100-sector-by-sector/bio.c").read_text())
    status, said = graded(solved)
    assert status != 0
    assert "✓ loads elf-24m byte for byte" in said
    assert "✗ virtio.requests: expected" in said
    assert "✗ cache.hits: expected" in said and "it is missing" in said


def test_a_hit_that_does_not_count_as_a_use_reads_blocks_again(solved):
    """First in, first out: an indirect block goes although it was used a moment ago."""
    solved.replace(MINE, "\tlist_remove(&p->idle);\n\tp->nloans++;", "\tp->nloans++;")
    solved.replace(MINE, "\tlist_remove(&p->chain);\n",
                   "\tlist_remove(&p->chain);\n\tlist_move_front(&bio->idle, &p->idle);\n")
    solved.replace(MINE, "\tif (--p->nloans == 0)\n\t\tlist_push_front(&bio->idle, &p->idle);",
                   "\tp->nloans--;")
    status, said = graded(solved)
    assert status != 0
    assert "✗ virtio.requests: expected" in said
    assert "Does a hit count as a use" in said


def test_a_block_that_is_mistaken_for_another_is_seen_on_its_page(solved):
    """Two blocks in one chain, told apart by twelve bits of their number."""
    solved.replace(MINE, "p->buf.block == block", "p->buf.block % 4096 == block % 4096")
    status, said = graded(solved)
    assert status != 0
    assert "loads elf-24m wrong:\n  page 0x" in said
    assert "virtio.requests" not in said, "counters mean nothing as long as bytes are wrong"


def test_an_allocation_for_each_block_is_explained(solved):
    solved.replace(MINE, "\tlist_remove(&p->chain);\n",
                   "\tlist_remove(&p->chain);\n\theap_free(heap_alloc(bio->block_size));\n")
    status, said = graded(solved)
    assert status != 0
    assert "✗ heap.allocs: expected" in said
    assert "The cache should take all of its memory once, in bio_open()." in said
    assert "✓ virtio.requests" in said
