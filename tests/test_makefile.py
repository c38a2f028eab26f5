"""The verbs: all of them are listed, and whatever the user gets wrong is one line."""
from __future__ import annotations

import re

import pytest

from measure.steps import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
HELP = re.findall(r"^##   (\S+)", MAKEFILE, re.MULTILINE)
NOT_LISTED = {"FORCE", "packages-N"}


def rules() -> set[str]:
    """Every target, as help writes it: step-N, fuzz-NAME."""
    found = set()
    for targets in re.findall(r"^([a-z][a-z0-9% -]*|FORCE):(?!=)", MAKEFILE, re.MULTILINE):
        found |= {t.replace("%", "N") for t in targets.split()}
    return {"fuzz-NAME" if t.startswith("fuzz-") else t for t in found} - NOT_LISTED


def test_help_lists_every_verb_and_no_other():
    assert sorted(HELP) == sorted(rules())


def test_help_is_what_make_says_and_is_plain_in_a_pipe(project):
    said = project.make()
    assert said.returncode == 0 and said.stderr == ""
    assert "\x1b" not in said.stdout
    for verb in HELP:
        assert re.search(rf"^  make {verb} +\S", said.stdout, re.MULTILINE), verb
    assert max(map(len, said.stdout.splitlines())) <= 100


@pytest.mark.parametrize("verb", [f"{v[:-1]}tea" for v in HELP
                                  if v.endswith("-N") and v not in ("start-N", "try-N")])
def test_an_unknown_step_is_one_line_that_says_what_there_is(project, verb):
    done = project.make(verb)
    assert done.returncode != 0 and done.stdout == ""
    line, = done.stderr.splitlines()
    assert "there is no step tea; there are: 100-sector-by-sector 101-block-cache" in line


def test_a_missing_tool_is_one_line_that_says_what_to_do(project, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "flock", "ld", "mkdir", "setpriv"):
        (tools / tool).symlink_to(project.run(["which", tool]).stdout.strip())
    make = project.run(["which", "make"]).stdout.strip()
    done = project.run([make, "step-101"], cwd=project.root, env={"PATH": str(tools)})
    assert done.returncode != 0
    line, = done.stderr.splitlines()
    assert "gcc is not installed; `make setup` installs what is missing" in line


@pytest.mark.parametrize("verb", ["demo", "test"])
def test_what_is_missing_is_installed_before_it_is_looked_for(project, verb):
    """make expands a recipe as a whole before its first line runs."""
    done = project.make("-n", verb, "need=$(error $1 was looked for)")
    assert done.stdout.startswith(".ci/setup build run "), done.stderr
    assert "was looked for" in done.stderr


def test_a_step_is_built_by_name_and_quietly_in_a_pipe(project):
    done = project.make("-j2", "step-block-cache")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (project.root / "build/101/kernel.elf").is_file()


def test_without_takes_names_and_has_a_folder_of_its_own(project):
    done = project.make("step-101", "WITHOUT=block-cache")
    assert done.returncode == 0, done.stderr
    assert "steps/101" not in (project.root / "build/101-without-101/bare/linked").read_text()
    assert not (project.root / "build/101").exists()


def test_two_makes_in_one_folder_take_turns(project, spawn):
    """They would write each other's object files otherwise."""
    both = [spawn(["make", "-j2", "step-101"], cwd=project.root) for _ in range(2)]
    assert [make.wait(120) for make in both] == [0, 0]


def test_it_works_in_a_folder_with_spaces_in_its_name(project):
    there = project.root.rename(project.root.with_name("a project, of mine"))
    done = project.run(["make", "run-101"], cwd=there, timeout=150, env=plain_environment())
    assert done.returncode == 0, done.stderr
    assert "virtio.requests" in done.stdout


def plain_environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "ACCEL": "tcg", "HOME": "/"}


def test_clean_keeps_the_inputs(project):
    project.write("build/101/kernel.elf", "")
    assert project.make("clean").returncode == 0
    assert [p.name for p in (project.root / "build").iterdir()] == ["inputs"]
