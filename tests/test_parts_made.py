"""A part is what its part.mk says: no makefile of the project knows one by its name."""
from __future__ import annotations

import re
import shutil

import pytest

from measure.steps import ROOT

TOY = """hundred := 5
title   := A toy
kind    := hosted
goal    := toy
program := toy
rooms   := cmd extra
libraries := extra.c:-lm
fuzzers := extra
seeds   := seeds.py
installs := bin/toy share/man/man1/toy.1
"""
SAYS = """#include <stdio.h>

int %s(void);

int main(void)
{
	return printf("%%d\\n", %s()) < 0;
}
"""
FUZZ = """#include "toy/extra/extra.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return size && data[0] ? 0 * extra() : 0;
}
"""


def answer(of: str, before: str = "") -> str:
    return f"{before}\nint answer(void);\n\nint answer(void)\n{{\n\treturn {of};\n}}\n"


@pytest.fixture
def toy(project):
    """The project with a part more, of two steps, and no step of any other part."""
    shutil.rmtree(project.root / "steps")
    for name, text in {
            "src/toy/part.mk": TOY, "src/toy/toy.1": ".TH TOY 1\n",
            "src/toy/cmd/main.c": SAYS % ("answer", "answer"),
            "src/toy/extra/extra.h": "int extra(void);\n",
            "src/toy/extra/extra.c": '#include "toy/extra/extra.h"\n'
                                     "int extra(void)\n{\n\treturn 2;\n}\n",
            "steps/500-one/answer.c": answer("1"),
            "steps/502-two/answer.c": answer("extra()", '#include "toy/extra/extra.h"'),
            "tests/toy/main/again.c": SAYS % ("answer", "10 * answer"),
            "tests/toy/fuzz/extra.c": FUZZ,
            "tests/toy/seeds.py": "import sys, pathlib\npathlib.Path(sys.argv[2]).mkdir()\n"}.items():
        project.write(name, text)
    return project


def made(project, *words: str) -> str:
    done = project.make(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(project, *patterns: str) -> set[str]:
    return {str(p.relative_to(project.root)) for each in patterns for p in project.root.glob(each)}


def test_a_new_part_is_built_by_step_and_by_name(toy):
    made(toy, "-j2", "step-500", "step-two")
    for number, said in ((500, "1\n"), (502, "2\n")):
        assert toy.run([toy.root / f"build/{number}/toy"]).stdout == said
    made(toy, "-f", "src/build.mk", "STEP=502", "toy-asan")
    assert toy.run([toy.root / "build/502/asan/toy"]).stdout == "2\n"
    assert toy.run([toy.root / "build/502/asan/again"]).stdout == "20\n"


def test_a_new_part_is_listed_and_installed(toy, tmp_path):
    assert re.search(r"^  toy +5xx +A toy +fuzz-extra$", made(toy, "help"), re.MULTILINE)
    made(toy, "install", f"DESTDIR={tmp_path}/to", "PREFIX=/opt")
    found = {str(p.relative_to(tmp_path / "to")) for p in (tmp_path / "to").rglob("*.*")}
    assert found == {"opt/share/man/man1/toy.1"}
    assert toy.run([tmp_path / "to/opt/bin/toy"]).stdout == "2\n"


def test_a_new_part_s_fuzzer_runs_where_the_step_has_what_it_reads(toy):
    """Its subject is the room whose header it includes, and step 500 does without."""
    said = made(toy, "fuzz-extra", "STEP=first", "FUZZ_SECONDS=1")
    assert "fuzz-extra: step 502" in said and "nothing found" in said
    done = toy.make("fuzz-extra", "STEP=500")
    assert done.returncode != 0
    assert "fuzz-extra: step 500 has nothing for it to read" in done.stderr


def test_a_part_that_has_no_step_is_in_nobody_s_way(project):
    project.write("src/toy/part.mk", TOY)
    assert "toy" in made(project, "help")
    made(project, "-j2", "step-101")
    for verb in ("install", "soak", "asan"):
        assert not re.search("toy|STEP=5|fuzz-extra", made(project, "-n", verb))
    done = project.make("fuzz-extra")
    assert "there is no fuzzer extra; there are: " in done.stderr


def test_asan_covers_every_hosted_suite_and_soak_every_fuzzer_and_lot(project):
    sanitized, soaked = made(project, "-n", "asan"), made(project, "-n", "soak")
    assert files(project, "tests/core", "tests/kernel/test_hosted_*.py", "tests/stdio/test_*.py"
                         ) <= set(sanitized.split())
    at = re.findall(r"'(fuzz-\w+: step \d+), 1800 s;", soaked)
    newest = {number[0]: number for number in sorted(s.name[:3] for s in ROOT.glob("steps/*"))}
    assert set(at) == {"fuzz-ext2: step 100", f"fuzz-ext2: step {newest['1']}",
                       "fuzz-elf: step 100", f"fuzz-elf: step {newest['1']}",
                       "fuzz-frames: step 410", f"fuzz-frames: step {newest['4']}"}
    assert set(re.findall(r"--step=(\d+)", soaked)) == {"100", "400", *newest.values()}


def test_the_project_s_makefiles_name_no_part():
    parts = [p.parent.name for p in ROOT.glob("src/*/part.mk")]
    assert len(parts) > 1
    named = re.compile(rf"\b(?:{'|'.join(parts)})\b")
    for file in (ROOT / "Makefile", *ROOT.glob("src/*.mk")):
        code = [line for line in file.read_text().splitlines() if not re.match("#(?!#)", line)]
        assert not [line for line in code if named.search(line)], file.name
