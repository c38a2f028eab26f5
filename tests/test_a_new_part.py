"""A new part needs nothing but its own folders: a made-up one of two steps, put into a copy.

It is built, tested, measured, read, woven into the book and listed, and no other file changes.
"""
from __future__ import annotations

import json
import re

import pytest
import toy_part
from test_add_a_step import QUICK, contents

pytestmark = pytest.mark.timeout(600)

ITS_OWN = ("src/toy/", "tests/toy/", "steps/500-", "steps/501-", "book/toy/")


@pytest.fixture
def planted(project):
    for path, text in toy_part.FILES.items():
        project.write(path, text)
    return project


@pytest.fixture
def make(planted):
    def well(*args: str, **env: str) -> str:
        done = planted.make(*args, timeout=300, env=QUICK | env)
        assert done.returncode == 0, f"make {' '.join(args)}\n{done.stdout}{done.stderr}"
        return done.stdout
    return well


def test_a_part_is_its_own_folders_and_no_edit_elsewhere(planted, make) -> None:
    before = contents(planted)
    assert "toy        5xx  Sums" in make("help")

    make("step-501")
    assert planted.run([planted.root / "build/501/toy", "100"]).stdout == "5050\n"
    assert "500-one-by-one with the numbers to 1000000" in make("run-one-by-one")
    assert "+\treturn n * (n + 1) / 2;" in make("diff-501")
    assert (planted.root / make("tree-501").strip() / "toy/sum.c").resolve().parent.name == "501-by-formula"

    make("goldens", PART="toy")
    golden = json.loads((planted.root / "steps/501-by-formula/golden.json").read_text())
    assert golden["on"]["million"]["counters"]["sum.additions"] == 1
    assert "4 passed" in make("check-501", PYTEST_ADDOPTS="-k adds_up")
    assert "every counter is as recorded" in planted.run(
        ["/usr/bin/python3", "-m", "measure", "check-counters", "500"], cwd=planted.root,
        env={"PYTHONPATH": "tests", "PATH": "/usr/bin:/bin"}).stdout

    make("lint")
    make("book")
    page = (planted.root / "build/book/toy/501-by-formula.html").read_text()
    assert "return n * (n + 1) / 2;" in re.sub(r"<[^>]*>", "", page)
    assert "toy/index.html" in (planted.root / "build/book/index.html").read_text()

    after = contents(planted)
    changed = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
    assert changed and all(name.startswith(ITS_OWN) for name in changed), changed
