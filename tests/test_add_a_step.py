"""A new step needs nothing but its folder and its chapter: the book's page “Add a step”, done on a copy.

The commands are that page's own. Between them we do what an author does in an editor.
"""
from __future__ import annotations

import hashlib
import json
import re
import shlex

import pytest

from measure import steps
from measure.steps import ROOT

pytestmark = pytest.mark.timeout(600)

ITS_OWN = ("steps/199-my-idea/", "book/kernel/199-my-idea.md")
REDRAWN = ("README.md",)  # by make readme
QUICK = {"ACCEL": "tcg", "BUDGET": "1"}


def commands() -> list[str]:
    """What the page says, a line each, without the remarks."""
    page = (ROOT / "book/add-a-step.md").read_text()
    block = re.search(r"```sh\n(.*?)```", page, re.DOTALL)[1]
    return [shlex.join(shlex.split(line, comments=True)) for line in block.splitlines()]


def edited(project, command: str) -> None:
    """What the author changes in the file that a command has just made."""
    if command.endswith("bio.c steps/199-my-idea/"):
        project.replace("steps/199-my-idea/bio.c", "NCHAINS = 1024", "NCHAINS = 2048")
    elif command.endswith("step.toml steps/199-my-idea/"):
        project.replace("steps/199-my-idea/step.toml", "A block cache", "More chains")
        project.replace("steps/199-my-idea/step.toml", 'also = ["elf-89m", "bun"]\n', "")
    elif "book/kernel/199-my-idea.md" in command:
        project.replace("book/kernel/199-my-idea.md", "# 101. A block cache", "# 199. More chains")


def contents(project) -> dict[str, str]:
    files = (p for p in project.root.rglob("*") if p.is_file() and not p.is_symlink())
    names = {str(p.relative_to(project.root)): p for p in files}
    return {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in names.items()
            if not name.startswith("build/") and "__pycache__" not in name}


@pytest.fixture
def done(project):
    """Everything that the page says has been done; what each command said."""
    before, said = contents(project), {}
    for command in commands():
        verbs = shlex.split(command)
        if verbs[0] == "make":
            for verb in verbs[1:]:
                ran = project.make(verb, timeout=300, env=QUICK | {
                    "PYTEST_ADDOPTS": "-k 'counters_are_those'"})
                assert ran.returncode == 0, f"make {verb}\n{ran.stdout}{ran.stderr}"
                said[verb] = ran.stdout
        else:
            ran = project.run(verbs, cwd=project.root)
            assert ran.returncode == 0, ran.stderr
        edited(project, command)
    after = contents(project)
    return project, said, {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}


def test_a_step_is_a_folder_and_a_chapter_and_no_edit_elsewhere(done):
    project, said, changed = done
    assert all(name.startswith(ITS_OWN) or name in REDRAWN for name in changed), changed

    assert "-enum { NPLACES_MAX = 512, NCHAINS = 1024 };" in said["diff-199"]
    assert "steps/101-block-cache/bio.c" in said["diff-199"]
    assert json.loads((project.root / "build/199/run.json").read_text())["step"] == 199

    golden = json.loads((project.root / "steps/199-my-idea/golden.json").read_text())
    assert golden["step"] == "199-my-idea"
    taken = golden["recordings"][0]["on"][golden["workload"]]
    assert all(t["before"] == steps.all_steps(part="kernel")[-1].id and len(t["ratios"]) >= 6
               for t in taken.values())
    assert "1 passed" in said["check-199"], "its counters against the golden"

    page = (project.root / "build/book/kernel/index.html").read_text()
    assert "199-my-idea.html" in page, "the part's table of contents has the chapter"
    assert "199 More chains" in " ".join((project.root / "README.md").read_text().split())

    tree = project.make("tree-199").stdout.strip()
    assert (project.root / tree / "kernel/bio.c").resolve().parent.name == "199-my-idea"
    database = json.loads((project.root / tree / "compile_commands.json").read_text())
    assert {"kernel/bio.c", "kernel/blk.c", "core/bytes.c"} <= {c["file"] for c in database}
