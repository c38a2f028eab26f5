"""Objects belong to no step: a source is compiled once for each way of compiling it."""
from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from measure.steps import ROOT
from test_overlay import OLD, compiled, kernel, marked, symbols, tree  # noqa: F401 (a fixture)

BIO = "steps/101-block-cache/bio.c"


def append(project, name: str, text: str) -> None:
    with open(project.root / name, "a") as file:
        file.write(text)


def including(project, header: str) -> set[str]:
    """The sources of the kernel at step 150 that include src/`header`, or a header that does."""
    files = (*project.root.glob("src/**/*.[chS]"), *project.root.glob("steps/*/*.[ch]"))
    texts = {str(f.relative_to(project.root)): f.read_text() for f in files}
    found, new = set(), {f"src/{header}"}
    while new:
        found |= new
        includes = [f'#include "{name.removeprefix("src/")}"' for name in new]
        new = {name for name, text in texts.items() if any(i in text for i in includes)} - found
    return {name for name in found if not name.endswith(".h")}


def test_two_steps_share_the_objects_of_what_neither_replaces(tree):
    everything = set(compiled(kernel(tree, "STEP=100")))
    assert OLD in everything and len(everything) > 30
    assert compiled(kernel(tree, "STEP=101")) == [BIO]
    assert compiled(kernel(tree, "STEP=150")) == ["steps/150-newer/virtio_blk.c"]
    assert compiled(kernel(tree, "STEP=150", "WITHOUT=101")) == []
    assert "newest_150" in symbols(tree, "build/150")
    assert "newest_150" not in symbols(tree, "build/101")


def test_a_step_is_linked_again_when_another_has_made_its_objects_anew(tree):
    for step in ("STEP=100", "STEP=101"):
        kernel(tree, step)
    append(tree, "src/kernel/blk.c", "const int newly_made = 1;\n")
    assert compiled(kernel(tree, "STEP=100")) == ["src/kernel/blk.c"]
    assert compiled(kernel(tree, "STEP=101")) == []
    assert "newly_made" in symbols(tree, "build/101")


@pytest.mark.parametrize("header", ["kernel/virtio_blk.h", "kernel/bio.h"])
def test_a_changed_header_compiles_what_includes_it_and_nothing_else(tree, header):
    everything = set(compiled(kernel(tree, "STEP=150")))
    append(tree, f"src/{header}", "\n")
    again = compiled(kernel(tree, "STEP=150"))
    assert set(again) == including(tree, header) & everything
    assert 0 < len(again) < len(everything)


def test_a_header_that_is_gone_is_not_asked_for(tree):
    tree.write("src/kernel/passing.h", "")
    file = tree.root / "steps/150-newer/virtio_blk.c"
    file.write_text('#include "kernel/passing.h"\n' + file.read_text())
    kernel(tree, "STEP=150")
    file.write_text(file.read_text().removeprefix('#include "kernel/passing.h"\n'))
    (tree.root / "src/kernel/passing.h").unlink()
    assert compiled(kernel(tree, "STEP=150")) == ["steps/150-newer/virtio_blk.c"]


def test_the_debugger_is_told_the_true_file(tree):
    kernel(tree, "STEP=150")
    said = tree.run(["objdump", "--dwarf=info", tree.root / "build/150/kernel.elf"]).stdout
    assert re.search(r"DW_AT_name .*: steps/150-newer/virtio_blk\.c\n", said)
    assert set(re.findall(r"DW_AT_comp_dir .*: (/.*)", said)) == {str(tree.root)}


def test_a_copy_of_the_project_compiles_for_itself(tree):
    everything = compiled(kernel(tree, "STEP=150"))
    copy = tree.root.with_name("copy")
    shutil.copytree(tree.root, copy, symlinks=True)
    done = tree.run(["make", "-f", "src/build.mk", "-j2", "kernel", "STEP=150"], cwd=copy,
                    env=os.environ | {"CI": "", "MAKEFLAGS": ""}, timeout=150)
    assert done.returncode == 0, done.stderr
    assert sorted(compiled(done)) == sorted(everything)


def test_makes_of_two_steps_at_once_do_not_meet(tree, spawn):
    """Each wants the objects that the other is making; what they link is what one alone links."""
    both = [spawn(["make", "-f", "src/build.mk", "-j3", "kernel", f"STEP={step}"], cwd=tree.root,
                  stdout=subprocess.DEVNULL, env=os.environ | {"MAKEFLAGS": "", "CI": ""})
            for step in (100, 101)]
    assert [make.wait(150) for make in both] == [0, 0]
    for step in (100, 101):
        assert compiled(kernel(tree, f"STEP={step}", f"OUT=build/{step}-alone")) == []
        program, alone = ((tree.root / "build" / at / "kernel.elf").read_bytes()
                          for at in (f"{step}", f"{step}-alone"))
        assert program == alone


def test_a_compiler_that_dies_leaves_no_object(tree):
    dying = tree.write("dying", """#!/bin/sh
for word; do [ "$last" = -o ] && echo half >"$word"; last=$word; done
case $word in */blk.c) exit 1; esac
exec gcc "$@"
""")
    dying.chmod(0o755)
    done = tree.make("-f", "src/build.mk", "kernel", "STEP=150", f"CC={dying}", "-k")
    assert done.returncode != 0
    made = [p.name for p in (tree.root / "build/obj").rglob("*") if p.is_file()]
    assert len(made) > 30 and "blk.c.o" not in made
    assert not [name for name in made if not re.fullmatch(r"\w+\.[cS]\.[od]", name)]


# --- which program a step is -----------------------------------------------------------------


@pytest.fixture
def identity(tree):
    def of(step: int, goal: str = "kernel", *variables: str) -> str:
        done = tree.make("-sf", "src/build.mk", "identity", f"STEP={step}", f"GOAL={goal}",
                         *variables)
        assert done.returncode == 0 and re.fullmatch(r"[0-9a-f]{16}\n", done.stdout), done.stderr
        return done.stdout
    return of


def test_steps_that_link_the_same_sources_are_one_program(tree, identity):
    """Step 150 replaces what the test programs play themselves."""
    assert identity(150, "host") == identity(101, "host") != identity(100, "host")
    assert len({identity(step) for step in (100, 101, 150)}) == 3
    assert identity(150, "kernel", "WITHOUT=150") == identity(101)
    assert not list((tree.root / "build").glob("[!i]*")), "something was built"


def test_a_program_is_another_with_another_header_source_script_or_flag(tree, identity):
    seen = [identity(150)]
    assert identity(150, "kernel", "CC=clang") not in seen
    for change in ("src/kernel/bio.h", "src/kernel/blk.c", "src/kernel/machine/kernel.ld",
                   "src/core/list.h", "src/kernel/machine/boot.S"):
        append(tree, change, "\n")
        seen.append(identity(150))
    tree.write("src/kernel/unused.h", "")
    append(tree, OLD, "\n")
    append(tree, "tests/kernel/main/load.c", "\n")
    assert identity(150) == seen[-1]
    assert len(set(seen)) == 6
    marked(tree, "steps/150-newer", "hides_bio", "bio.c")
    assert identity(150) not in seen
