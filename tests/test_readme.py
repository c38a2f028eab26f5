"""README.md says nothing that the goldens, the Makefile or the files do not."""
from __future__ import annotations

import re
import subprocess

from measure import steps
from measure.steps import ROOT
from measure.goldens import front
from measure.verbs import readme

SCREEN = 40  # lines
TEXT = (ROOT / "README.md").read_text()


def test_it_leads_with_what_the_goldens_say():
    """Of the steps that it was drawn from; a new step may wait for the next `make readme`."""
    shown = readme.shown()
    about = readme.shown_steps(shown)
    if front.recorded():
        assert about, "there are goldens, but README.md shows no step: `make readme`"
    assert shown == readme.block(about), "README.md is older than a golden: `make readme`"


def test_what_was_reached_the_ladder_and_the_two_commands_fit_one_screen():
    screen = TEXT.splitlines()[:SCREEN]
    assert TEXT.index("make test") < len("\n".join(screen)), f"not within {SCREEN} lines"
    for part in front.by_part(front.recorded()).values():
        assert front.reached(part)[0] in "\n".join(screen)
    assert max(len(line) for line in screen if not line.startswith("<!--")) <= 100


def test_every_verb_it_names_is_in_the_makefile():
    verbs = set(re.findall(r"\bmake ([a-z][a-z0-9-]*)", TEXT))
    assert verbs
    for verb in verbs:
        done = subprocess.run(["make", "-n", verb], cwd=ROOT, text=True, capture_output=True)
        assert "No rule to make target" not in done.stderr, f"make {verb}: {done.stderr}"


def test_every_file_it_names_is_there():
    names = re.findall(r"`((?:src|steps|tests|book|\.ci)/[^`*N ]*)`", TEXT)
    names += re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert names
    missing = [n for n in names if not (ROOT / n).exists() and "102" not in n]
    assert not missing
    assert steps.all_steps()
