"""The promise: the same bytes as stdio's, whatever is done, in every mode, in several threads."""
from __future__ import annotations

from conftest import SANITIZED

ROUNDS = 12


def test_random_operations_give_what_glibc_gives(step, asan, run, seed):
    """The seeds are the step's own, so that more are tried as there are more steps."""
    first = step.number * 1000 + (seed - 1) * ROUNDS
    done = run([asan / "random", first, ROUNDS], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{ROUNDS} sequences in 4 modes\n"


def test_threads_share_a_file_and_have_their_own(step, build_goal, run):
    program = build_goal("stage-tsan") / "tsan" / "threads"
    done = run([program], env=SANITIZED)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_difference_is_found_and_the_sequence_made_short(step, asan, run):
    done = run([asan / "random", 1, 50, "lie"], env=SANITIZED)
    assert done.returncode == 1
    operations = [line for line in done.stderr.splitlines() if line.startswith("\t")]
    assert 1 <= len(operations) <= 3, done.stderr
    assert "and glibc says" in done.stderr
