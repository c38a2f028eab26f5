"""The promise: the same bytes as stdio's, whatever is done, in every mode, in several threads."""
from __future__ import annotations

import shutil

import pytest

from conftest import SANITIZED
from measure import build, steps

ROUNDS = 12


def test_random_operations_give_what_glibc_gives(step, asan, run):
    """The seeds are the step's own, so that more are tried as there are more steps."""
    done = run([asan / "random", step.number * 1000, ROUNDS], env=SANITIZED)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{ROUNDS} sequences in 4 modes\n"


def test_threads_share_a_file_and_have_their_own(step, build_goal, run):
    program = build_goal("stage-tsan") / "tsan" / "threads"
    done = run([program], env=SANITIZED)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


@pytest.mark.parametrize("step", [s for s in steps.all_steps(part="stdio") if s.first], indirect=True)
def test_a_difference_is_found_and_the_sequence_made_short(step, tmp_path, run):
    """A library that loses the last byte of every longer read must not pass."""
    layer = tmp_path / "layer"
    layer.mkdir()
    good = steps.resolve("stream.c", step).read_text()
    bad = good.replace("size_t done = 0;\n\n\tif (n > SSIZE_MAX)",
                       "size_t done = 0;\n\n\tn -= n > 5000;\n\tif (n > SSIZE_MAX)")
    assert bad != good
    (layer / "stream.c").write_text(bad)
    out = tmp_path / "out"
    try:
        build.make("stage-asan", str(out), "STEP=400", "WITHOUT=", f"TOP={layer}")
        done = run([out / "asan" / "random", 1, 50], env=SANITIZED)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    assert done.returncode == 1
    operations = [line for line in done.stderr.splitlines() if line.startswith("\t")]
    assert 1 <= len(operations) <= 3, done.stderr
    assert "and glibc says" in done.stderr or "another position" in done.stderr
