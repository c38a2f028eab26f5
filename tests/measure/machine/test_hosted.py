"""One run of a hosted program, played by scripts that say and do what no program should."""
from __future__ import annotations

import subprocess
import sys
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


# --- a process that lives on ----------------------------------------------------------------------

SERVER = """
import sys
counted = {"served.bytes": 0, "served.most": 0, "work.ns": 0}
for line in sys.stdin:
    word, *n = line.split()
    if word == "tell":
        open(sys.argv[1], "w").writelines(f"{k} {v}\\n" for k, v in counted.items())
    else:
        counted["served.bytes"] += int(n[0])
        counted["served.most"] = max(counted["served.most"], int(n[0]))
        counted["work.ns"] += 5
        counted[f"kind.{word}"] = counted.get(f"kind.{word}", 0) + 1
    print("done", flush=True)
"""


@pytest.fixture
def server(tmp_path, spawn):
    """One that serves numbers of bytes, and tells its counters when it is asked."""
    def start():
        living = spawn([sys.executable, "-c", SERVER, tmp_path / "counters"], text=True,
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def ask(line: str) -> str:
            print(line, file=living.stdin, flush=True)
            return living.stdout.readline()

        def read() -> dict[str, int]:
            assert ask("tell") == "done\n"
            return hosted.read_figures(tmp_path / "counters", "the server")
        return ask, read
    return start


def test_a_run_of_a_living_process_is_what_it_counted_meanwhile(server) -> None:
    ask, read = server()
    ask("get 100")
    for _ in range(2):
        run = hosted.of_living(read, lambda: ask("get 5") + ask("put 7"), marks=["served.most"])
        assert run.counters == {"kind.get": 1, "kind.put": 1, "served.bytes": 12, "served.most": 100}
        assert (run.output, run.seconds > 0) == ("done\ndone\n", True)


def test_a_process_that_was_started_anew_between_two_readings_is_a_problem(server) -> None:
    (ask, read), (_, fresh) = server(), server()
    ask("get 100")
    readings = iter((read, fresh))
    with pytest.raises(Problem, match="served.bytes was 100, then 0: it is not the same process"):
        hosted.of_living(lambda: next(readings)(), lambda: "")
