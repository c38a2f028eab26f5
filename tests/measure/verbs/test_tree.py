"""What a step changes, and its whole source in one place."""
from __future__ import annotations

import json
import re
import shlex
import shutil

import pytest


@pytest.fixture
def project(project):
    """The project with its first two steps only."""
    for later in sorted(project.root.glob("steps/*"))[2:]:
        shutil.rmtree(later)
    return project


@pytest.fixture
def shown(project):
    """What a verb says in a copy of the project, which may have been changed before."""
    def call(verb: str, **variables: str) -> str:
        done = project.make(verb, env=variables)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return call


def test_a_diff_is_against_the_file_that_is_replaced(project, shown) -> None:
    project.write("steps/150-later/virtio_blk.c", "int later;\n")
    project.write("steps/150-later/step.toml", 'title = "Later"\n')
    said = shown("diff-150")
    assert "150-later: Later, against 101-block-cache" in said
    assert "\n--- steps/100-sector-by-sector/virtio_blk.c\n+++ steps/150-later/virtio_blk.c\n" in said
    assert re.search(r"^ 1 file changed, 1 insertion", said, re.MULTILINE)
    assert "\x1b" not in said


def test_a_diff_of_a_new_file_is_all_of_it(project, shown) -> None:
    project.write("steps/150-later/ahead.c", "int ahead;\n")
    project.write("steps/150-later/step.toml", 'title = "Later"\n')
    said = shown("diff-150")
    assert "--- /dev/null\n+++ steps/150-later/ahead.c\n" in said
    assert "+int ahead;" in said


def test_a_step_that_changes_only_its_image_says_so(project, shown) -> None:
    project.write("steps/150-blocks/step.toml",
                  'title = "Blocks"\n[measured.image]\ntype = "ext2"\nblock_size = 4096\n')
    assert shown("diff-150").splitlines() == [
        "150-blocks: Blocks, against 101-block-cache", "", "[measured]", "  image.block_size: 1024 → 4096"]


def test_a_step_that_is_measured_otherwise_says_so(project, shown) -> None:
    project.write("steps/150-later/step.toml",
                  'title = "Later"\n[measured]\nwords = ["touch=100", "seed=3"]\n')
    assert shown("diff-150").splitlines() == [
        "150-later: Later, against 101-block-cache", "", "[measured]",
        "  words: (none) → ['touch=100', 'seed=3']"]


def test_a_diff_has_colours_on_a_terminal_only(project) -> None:
    for words, coloured in ((["make", "diff-101"], True), (["env", "NO_COLOR=1", "make", "diff-101"],
                                                          False)):
        said = project.run(["script", "-qec", shlex.join(words), "/dev/null"], cwd=project.root)
        assert said.returncode == 0
        assert ("\x1b[32m+" in said.stdout) == coloured


def test_a_tree_has_the_newest_of_each_file_and_compiles(project, shown) -> None:
    top = project.root / shown("tree-101").strip()
    assert (top / "kernel/bio.c").resolve().parent.name == "101-block-cache"
    assert (top / "kernel/file.c").resolve().parent.name == "100-sector-by-sector"
    assert (top / "core/bytes.h").resolve() == project.root / "src/core/bytes.h"
    commands = json.loads((top / "compile_commands.json").read_text())
    assert {"kernel/bio.c", "kernel/machine/trap.S", "core/bytes.c"} <= {c["file"] for c in commands}
    bio = next(c for c in commands if c["file"] == "kernel/bio.c")
    done = project.run([*bio["arguments"], "-fsyntax-only"], cwd=bio["directory"])
    assert done.returncode == 0, done.stderr


def test_a_second_tree_forgets_the_first(project, shown) -> None:
    extra = project.write("steps/101-block-cache/extra.c", "int extra;\n")
    top = project.root / shown("tree-101").strip()
    assert (top / "kernel/extra.c").is_symlink()
    extra.unlink()
    shown("tree-101")
    assert not (top / "kernel/extra.c").is_symlink()
