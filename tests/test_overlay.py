"""The one rule, on a copy of the project: at step N each file is the newest of its name."""
from __future__ import annotations

import re
import shutil
import subprocess

import pytest

REPLACED = "virtio_blk.c"  # what the made-up steps replace; step 100 has it
OLD = f"steps/100-sector-by-sector/{REPLACED}"


@pytest.fixture
def tree(project):
    """The project with two steps and 150-newer above them, which marks the file it replaces."""
    for later in sorted(project.root.glob("steps/*"))[2:]:
        shutil.rmtree(later)
    marked(project, "steps/150-newer", "newest_150")
    return project


def marked(project, folder: str, symbol: str, name: str = REPLACED) -> None:
    """A copy of a file of step 100 which also defines `symbol`."""
    text = (project.root / "steps/100-sector-by-sector" / name).read_text()
    project.write(f"{folder}/{name}", f"{text}\nconst int {symbol} = 1;\n")


def kernel(project, *variables: str) -> subprocess.CompletedProcess:
    done = project.make("-f", "src/build.mk", "-j2", "kernel", *variables, env={"CI": ""})
    assert done.returncode == 0, done.stderr
    return done


def compiled(done: subprocess.CompletedProcess) -> list[str]:
    return re.findall(r"^  CC    (.*)$", done.stdout, re.MULTILINE)


def symbols(project, out: str) -> str:
    return project.run(["nm", project.root / out / "kernel.elf"]).stdout


def test_the_newest_file_of_a_name_is_built_and_older_steps_do_not_see_it(tree):
    assert OLD not in compiled(kernel(tree, "STEP=150"))
    assert "newest_150" in symbols(tree, "build/150")
    assert OLD in compiled(kernel(tree, "STEP=101"))
    assert "newest_150" not in symbols(tree, "build/101")


def test_without_leaves_a_layer_out(tree):
    assert OLD in compiled(kernel(tree, "STEP=150", "WITHOUT=150"))
    assert "newest_150" not in symbols(tree, "build/150")


def test_top_stands_above_every_step(tree):
    marked(tree, "mine/150-newer", "my_own")
    kernel(tree, "STEP=150", "TOP=mine/150-newer", "OUT=build/mine-150")
    assert "my_own" in symbols(tree, "build/mine-150")
    assert "newest_150" not in symbols(tree, "build/mine-150")


def test_a_step_of_another_part_is_ignored(tree):
    marked(tree, "steps/201-elsewhere", "elsewhere_201")
    kernel(tree, "STEP=150")
    assert "elsewhere_201" not in symbols(tree, "build/150")


def test_a_file_that_begins_to_hide_another_is_compiled(tree):
    kernel(tree, "STEP=150")
    marked(tree, "steps/150-newer", "hides_bio", "bio.c")
    assert "steps/150-newer/bio.c" in compiled(kernel(tree, "STEP=150"))
    assert "hides_bio" in symbols(tree, "build/150")


def test_a_file_that_goes_away_is_hidden_no_more(tree):
    tree.write("steps/150-newer/extra.c", "const int extra_file = 1;\n")
    kernel(tree, "STEP=150")
    assert {"newest_150", "extra_file"} <= set(symbols(tree, "build/150").split())
    shutil.rmtree(tree.root / "steps/150-newer")
    tree.write("steps/150-newer/step.toml", "")
    kernel(tree, "STEP=150")
    assert not {"newest_150", "extra_file"} & set(symbols(tree, "build/150").split())


def test_nothing_is_built_again_when_nothing_changed(tree):
    kernel(tree, "STEP=150")
    assert kernel(tree, "STEP=150").stdout == ""


def test_a_changed_flag_builds_everything_again(tree):
    before = compiled(kernel(tree, "STEP=150"))
    assert sorted(compiled(kernel(tree, "STEP=150", "WERROR=1"))) == sorted(before)


def test_a_changed_header_builds_again_what_includes_it(tree):
    everything = compiled(kernel(tree, "STEP=150"))
    header = tree.root / "src/kernel/virtio_blk.h"
    header.write_text(header.read_text() + "\n")
    again = compiled(kernel(tree, "STEP=150"))
    assert f"steps/150-newer/{REPLACED}" in again
    assert len(again) < len(everything)


def test_compiler_errors_name_the_true_file(tree):
    file = tree.write(f"steps/150-newer/{REPLACED}", "int broken(void) { return missing; }\n")
    done = tree.make("-f", "src/build.mk", "kernel", "STEP=150")
    assert done.returncode != 0
    assert f"{file.relative_to(tree.root)}:1:" in done.stderr


def test_python_and_make_see_the_same_layers_and_files(tree):
    """steps.py (the book, diffs, goldens) and build.mk each have the rule."""
    found = tree.run(["/usr/bin/python3", "-c", """
from measure import steps
for s in steps.all_steps(part="kernel"):
    print(s.number, *(l.dir.relative_to(steps.ROOT) for l in steps.at_or_below(s)), "src/kernel")
for name in ("bio.c", "virtio_blk.c", "blk.c"):
    print(name, steps.resolve(name, steps.find(150)).relative_to(steps.ROOT))
"""], cwd=tree.root, env={"PYTHONPATH": "tests"})
    assert found.returncode == 0, found.stderr
    said = dict(line.split(" ", 1) for line in found.stdout.splitlines())
    for number in (n for n in said if n.isdecimal()):
        layers = tree.make("-sf", "src/build.mk", "layers", f"STEP={number}").stdout
        assert layers.split() == said[number].split()
    built = compiled(kernel(tree, "STEP=150"))
    for name in (n for n in said if not n.isdecimal()):
        assert said[name] in built
