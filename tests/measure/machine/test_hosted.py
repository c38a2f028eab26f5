"""One run of a hosted program, played by scripts that say and do what no program should."""
from __future__ import annotations

from pathlib import Path

import pytest

from measure.machine import hosted
from measure.problem import Problem


@pytest.fixture
def play(tmp_path: Path):
    """Runs a script in the program's place."""
    def run(script: str, *words: str, **options) -> hosted.Run:
        program = tmp_path / "stage"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return hosted.run([program, *words], cwd=tmp_path, **options)
    return run


def test_counters_of_one_name_are_added_up_and_times_are_no_counters(play) -> None:
    run = play('echo "sum 5"; printf "sys.read 3\\nrun.ns 1500000000\\nsys.read 4\\n'
               'open.ns 7\\na.b 1\\n" >"$COUNTERS"')
    assert run == hosted.Run(1.5, {"a.b": 1, "sys.read": 7}, "sum 5\n")


def test_the_environment_of_who_measures_does_not_reach_the_program(play, monkeypatch) -> None:
    monkeypatch.setenv("STAGE_MODE", "mmap")
    assert play('echo "mode $STAGE_MODE, in $LC_ALL"; echo run.ns 1 >"$COUNTERS"').output == (
        "mode , in C\n")


@pytest.mark.parametrize("script, says", [
    ("echo first >&2; echo 'stage: x: No such file' >&2; exit 1",
     "stage read x: it ended with status 1: stage: x: No such file"),
    ("exit 3", "it ended with status 3$"),
    ("kill -SEGV $$", "it was ended by signal 11"),
    ("true", "wrote no counters to \\$COUNTERS"),
    ('echo sys.read 1 >"$COUNTERS"', "ended well but never said run.ns"),
    ('printf "a.b 1\\nhello\\n" >"$COUNTERS"',
     "line 2 of its counters is no `name value`: 'hello'"),
    ('printf "a.b -1\\n" >"$COUNTERS"', "line 1 of its counters"),
    ('head -c 9999 /dev/urandom >"$COUNTERS"', "of its counters is no"),
])
def test_what_is_no_result_is_a_problem_that_names_the_run(play, script, says) -> None:
    with pytest.raises(Problem, match=says):
        play(script, "read", "x")


def test_a_program_without_end_is_killed_at_the_limit(play) -> None:
    with pytest.raises(Problem, match="did not end within 0.5 s"):
        play("sleep 1000", limit_seconds=0.5)


def test_the_same_code_with_other_debug_information_is_the_same_program(tmp_path, run) -> None:
    for name, flags, code in (("a", ["-g"], "1"), ("b", ["-g0", "-Wl,--build-id=sha1"], "1"),
                              ("c", ["-g"], "2")):
        (tmp_path / "main.c").write_text(f"int main(void) {{ return {code}; }}\n")
        done = run(["gcc", "-O2", *flags, "-o", tmp_path / name, tmp_path / "main.c"])
        assert done.returncode == 0, done.stderr
    assert hosted.same_code(tmp_path / "a", tmp_path / "b")
    assert not hosted.same_code(tmp_path / "a", tmp_path / "c")
