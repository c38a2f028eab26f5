"""make setup, with an apt-get that only notes what it was asked for."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from measure.steps import ROOT

LIST = (ROOT / ".ci/packages.txt").read_text()
PACKAGES = [line.split()[0] for line in LIST.splitlines() if re.match(r"[a-z]", line)]
BUILD = " ".join(line.split()[0] for line in
                 LIST.partition("[build]")[2].partition("\n\n")[0].splitlines()[1:])
REAL = ("awk", "bash", "dirname", "env", "setpriv", "tr", "true")
TOOLS = {
    "dpkg-query": 'for p in $INSTALLED; do echo "ii $p"; done',
    "apt-get": 'echo "$DEBIAN_FRONTEND apt-get $*" >>"$NOTES"; [ "$*" != "$FAILS" ]',
    "id": "echo ${USER_ID:-0}",
}
SUDO = 'echo "sudo $*" >>"$NOTES"; [ -z "$REFUSES" ] || exit 1; [ "$1" != -n ] || shift; exec "$@"'


@pytest.fixture
def setup(tmp_path: Path, run):
    """Runs .ci/setup: (status, stdout, stderr, what apt-get and sudo were asked for)."""
    bin, notes = tmp_path / "bin", tmp_path / "notes"
    bin.mkdir()
    for name in REAL:
        (bin / name).symlink_to(run(["which", name]).stdout.strip())

    def call(*groups: str, programs: dict[str, str] = {}, **variables: str):
        for name, script in (TOOLS | programs).items():
            (bin / name).write_text(f"#!/bin/bash\n{script}\n")
            (bin / name).chmod(0o755)
        notes.write_text("")
        env = {"PATH": str(bin), "NOTES": str(notes), "INSTALLED": "bash make"} | variables
        done = run([ROOT / ".ci/setup", *groups], env=env)
        return done.returncode, done.stdout, done.stderr, notes.read_text()
    return call


def test_everything_there_means_nothing_is_done_and_nothing_needed(setup):
    status, out, err, asked = setup("build", "run", "test", "book", INSTALLED=" ".join(PACKAGES),
                                    USER_ID="1000")
    assert (status, out, err, asked) == (0, "", "", "")


def test_it_installs_what_is_missing_after_saying_what_and_why(setup):
    status, out, err, asked = setup(INSTALLED=" ".join(set(PACKAGES) - {"gcc", "furo"}))
    assert (status, err) == (0, "")
    update, install = asked.splitlines()
    assert "noninteractive apt-get" in update and update.endswith("update")
    assert "--no-install-recommends" in install and install.endswith(" gcc furo")
    said = out.splitlines()
    assert said.index("    gcc") < said.index("    furo") < said.index("Installed.")
    assert any("to compile the steps" in line for line in said)
    assert "qemu" not in out


def test_only_the_groups_that_are_asked_for(setup):
    _, out, _, asked = setup("build")
    assert asked.splitlines()[1].endswith(f" {BUILD}")
    assert "sphinx" not in out


def test_a_program_that_is_there_by_other_means_needs_no_package(setup):
    without_npm = " ".join(set(PACKAGES) - {"npm"})
    assert setup("real", INSTALLED=without_npm)[3].endswith(" npm\n")
    assert setup("real", INSTALLED=without_npm, programs={"npm": ""})[3] == ""


def test_who_is_not_root_uses_sudo(setup):
    status, _, _, asked = setup("build", programs={"sudo": SUDO}, USER_ID="1000")
    assert status == 0
    assert "sudo -n env DEBIAN_FRONTEND=noninteractive" in asked


@pytest.mark.parametrize("variables, says", [
    ({"USER_ID": "1000"}, f"setup: this needs root: run  apt-get install {BUILD}"),
    ({"FAILS": "-q -y update"}, "setup: apt-get update failed"),
    ({"FAILS": f"-q -y install --no-install-recommends {BUILD}"},
     "setup: apt-get install failed"),
    ({"INSTALLED": ""}, "setup: dpkg-query lists no packages"),
], ids=["no root, no sudo", "no network", "no package", "no list"])
def test_what_cannot_be_done_is_one_line(setup, variables, says):
    status, _, err, _ = setup("build", **variables)
    assert status != 0
    assert err.startswith(says) and err.count("\n") == 1


def test_a_sudo_that_refuses_is_explained(setup):
    status, _, err, asked = setup("build", programs={"sudo": SUDO}, USER_ID="1000", REFUSES="1")
    assert status != 0 and "apt-get" not in asked
    assert err.startswith("setup: sudo refuses: run  apt-get install gcc")
