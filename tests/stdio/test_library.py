"""The library as a program meets it: its names, its struct that may grow, its linking."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from measure import steps

SRC = steps.ROOT / "src"
PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#include "stdio/stage.h"

/* Names that the library has for itself, too. */
int format(void);
int format(void) { return 42; }
uint64_t hash_bytes(void);
uint64_t hash_bytes(void) { return 43; }

int main(int argc, char **argv)
{
	struct { struct stage_options o; char later[16]; } o = { { .size = sizeof o } };
	struct stage_file *f;
	char line[100];

	o.later[3] = argc > 2;
	if (stage_open(argv[1], &o.o, &f))
		return 7;
	printf("%zd %d\n", stage_gets(f, line, sizeof line), format() + (int)hash_bytes());
	stage_close(f);
	o.o.size = sizeof o.o.size;
	return stage_open(argv[1], &o.o, &f) == 0;
}
"""


@pytest.fixture
def linked(plain, run, request):
    """A program with names of its own, linked with the static or the shared library."""
    def link(kind: str) -> subprocess.CompletedProcess:
        Path("program.c").write_text(PROGRAM)
        library = [plain / "libstage.a"] if kind == "static" else [
            plain / "libstage.so", f"-Wl,-rpath,{plain}"]
        done = run(["gcc", "-Wall", "-Werror", f"-I{SRC}", "-o", "program", "program.c", *library,
                    *(plain / "libstage.libs").read_text().split()])
        assert done.returncode == 0, done.stderr
        soname = Path("libstage.so.0")
        soname.symlink_to(plain / "libstage.so")
        Path("file").write_bytes(b"a line\nanother\n")
        return run(["./program", "file"], env={"LD_LIBRARY_PATH": "."})
    return link


@pytest.mark.parametrize("kind", ["static", "shared"])
def test_the_library_s_helpers_do_not_meet_a_program_s_own(step, linked, kind):
    done = linked(kind)
    assert (done.returncode, done.stdout) == (0, "7 85\n"), done.stderr


def test_an_option_of_a_later_version_is_refused_and_not_ignored(step, linked, run):
    linked("static")
    assert run(["./program", "file", "set"]).returncode == 7


@pytest.mark.parametrize("library", ["libstage.a", "libstage.so"])
def test_only_what_stage_h_declares_can_be_seen(step, plain, run, library):
    dynamic = ["-D"] if library.endswith(".so") else []
    listed = run(["nm", *dynamic, "--defined-only", "-g", plain / library]).stdout
    seen = [line.split() for line in listed.splitlines() if len(line.split()) == 3]
    names = {name.split("@")[0] for _, kind, name in seen if kind != "A"}  # A: a version's own name
    header = (SRC / "stdio/stage.h").read_text()
    assert names and all(f"{name}(" in header for name in names), names
    assert not [n for n in names if not n.startswith("stage_")]


def test_the_header_is_enough_alone_and_is_c_plus_plus_too(step, run):
    Path("a.c").write_text('#include "stdio/stage.h"\nint main(void) { return 0; }\n')
    for compiler in (["gcc", "-std=c11"], ["clang", "-x", "c++", "-std=c++17"]):
        done = run([*compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{SRC}", "a.c"])
        assert done.returncode == 0, done.stderr
