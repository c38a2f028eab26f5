""".ci/run ends with where the minutes went, whether it succeeded or not."""
from __future__ import annotations

import os
import subprocess
import sys

import minutes

TOOL = minutes.TESTS / "minutes.py"


def timed(*command: str, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, TOOL, *command], capture_output=True, text=True,
                          env={k: v for k, v in os.environ.items() if k != "MINUTES"} | env)


def test_a_group_has_its_status_and_a_line_and_is_noted(tmp_path):
    done = timed("run", "fuzz", "sh", "-c", "exit 3", MINUTES=str(tmp_path / "m"))
    assert done.returncode == 3 and done.stdout.startswith("fuzz: 0.0 minutes, failed")
    assert (tmp_path / "m").read_text().startswith("group\tfuzz\t")


def test_nobody_who_did_not_ask_is_told_of_minutes(tmp_path):
    done = timed("run", "lint", "echo", "clean")
    assert (done.returncode, done.stdout) == (0, "clean\n")


def test_a_killed_group_failed():
    assert timed("run", "lint", "sh", "-c", "kill -9 $$").returncode == 137


def test_the_table_adds_up_the_groups_and_shows_the_longest_folder_first():
    said = minutes.table("group\tlint\t30.0\ngroup\ttests\t600.0\n"
                         "folder\ttests/core\t6.0\nfolder\ttests/kernel\t900.0\n").splitlines()
    assert [line.split() for line in said] == [
        ["minutes", "by", "group"], ["lint", "0.5"], ["tests", "10.0"], ["all", "10.5"],
        ["minutes", "of", "the", "tests'", "workers"], ["tests/kernel", "15.0"], ["tests/core", "0.1"]]


def test_pytest_notes_each_folder_and_in_a_pipe_shows_what_failed(project):
    project.write("tests/core/test_toy.py", "def test_good(): pass\ndef test_bad(): assert 1 == 2\n")
    note = project.root / "build" / "minutes"
    done = project.run([sys.executable, "-m", "pytest", "-q", "tests/core/test_toy.py"],
                       cwd=project.root, env=os.environ | {"MINUTES": str(note), "PYTHONPATH": "tests"})
    assert done.stdout.startswith("F"), done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout.splitlines()[-1]
    assert "folder\ttests/core\t" in note.read_text()


def test_ci_ends_with_the_table_when_a_group_fails(project):
    project.write("Makefile", "test:\n\t@tests/minutes.py run lint false\n")
    done = project.run(["bash", ".ci/run"], cwd=project.root, env=os.environ)
    assert done.returncode != 0
    assert done.stdout.splitlines()[-3:] == ["minutes by group", f"  {'lint':<24}   0.0",
                                             f"  {'all':<24}   0.0"], done.stdout + done.stderr
