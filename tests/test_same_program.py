"""A result counts for another step only where both are the same program and the test asks for no more."""
from __future__ import annotations

import re

import pytest

SUITE = '''
import pytest
import same_program
from same_program import of_goal

same_program.identity = lambda step, goal: {same!r}.get(step, step)

@pytest.fixture(scope="session")
@of_goal("host")
def program(build_goal):
    return "program"

@pytest.fixture
def its_table(program, step):
    return step.number

@pytest.fixture
def curious(program, request):
    return request.getfixturevalue("step")

@pytest.fixture
def from_somewhere(build_goal):
    return "program"

@pytest.mark.parametrize("word", ["one", "two"])
def test_of_the_program(program, word):
    assert word != {fails!r}

def test_of_the_step_too(program, step):
    assert step.number > 100

def test_that_takes_its_step_and_never_reads_it(program, step): pass

def test_of_which_a_part_reads_the_step(program, step):
    assert all(step.number > n for n in (1, 2))

def test_of_a_table_of_the_step(its_table): pass
def test_that_may_see_the_step(curious): pass
def test_of_a_program_that_nobody_named(from_somewhere): pass

@pytest.mark.from_step(103)
def test_from_a_step_on(program): pass

@pytest.mark.skip(reason="not today")
def test_skipped(program): pass
'''
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": "tests"}


@pytest.fixture
def suite(project, run):
    """Runs the suite above at steps 101 to 104 in a copy of the project; `same`: step -> program."""
    def run_suite(*options: str, same: dict[int, int], fails: str = "") -> str:
        project.write("tests/kernel/test_toy.py", SUITE.format(same=same, fails=fails))
        done = run(["/usr/bin/python3", "-m", "pytest", "-q", "-rA", "tests/kernel/test_toy.py",
                    *(f"--step={n}" for n in range(101, 105)), *options],
                   cwd=project.root, env=ENV)
        return done.stdout + done.stderr
    return run_suite


WHOSE = re.compile(r"^(\w+) (\S+::\w+)\[(\d+)[^\]]*\] \(same program as (\d+)\)", re.MULTILINE)


def borrowed(said: str) -> list[tuple[str, str, str, str]]:
    """(PASSED, test, step, whose) for each result that is another step's."""
    return sorted({(w, t.split("::")[1], s, o) for w, t, s, o in WHOSE.findall(said)})


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_result_counts_for_the_step_that_is_the_same_program(suite, workers):
    said = suite("-n", workers, same={104: 103})
    assert borrowed(said) == [("PASSED", "test_from_a_step_on", "104", "103"),
                              ("PASSED", "test_of_the_program", "104", "103"),
                              ("PASSED", "test_that_takes_its_step_and_never_reads_it", "104", "103")], said
    assert "results are those of 103, which is the same program there" in said
    assert "34 passed, 4 skipped" in said


def test_a_failure_is_a_failure_of_all_that_share_it(suite):
    said = suite(same={104: 103}, fails="one")
    assert ("FAILED", "test_of_the_program", "104", "103") in borrowed(said), said
    assert "4 failed, 30 passed, 4 skipped" in said


def test_steps_that_are_programs_of_their_own_share_nothing(suite):
    said = suite(same={})
    assert not borrowed(said), said
    assert "34 passed, 4 skipped" in said


def test_the_first_that_is_run_speaks_for_the_others(suite):
    said = suite("-k", "102 or 104", same={102: 101, 104: 101, 103: 101})
    assert ("PASSED", "test_of_the_program", "104", "102") in borrowed(said), said


def test_a_list_of_the_tests_names_each_step(suite):
    said = suite("--collect-only", same={104: 103})
    assert len(re.findall(r"test_of_the_program\[104-", said)) == 2, said


def test_two_steps_are_the_same_program_when_they_link_the_same_sources():
    from same_program import identity
    assert identity(103, "host") == identity(104, "host"), "104 changes nothing of the portable half"
    assert identity(103, "kernel") != identity(104, "kernel"), "104 replaces a file of the driver"
    assert identity(102, "host") != identity(103, "host"), "103 replaces elf's reader"
