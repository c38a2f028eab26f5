"""Each rule of lint.py catches its sin, and this repository commits none."""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import lint
from measure import steps

HEADER = "int bread(int block);\n"
SLOW = '#include "kernel/bio.h"\n\nint bread(int block)\n{\n\treturn block;\n}\n'
FAST = SLOW.replace("return block", "return block + 1")
LONG = "".join(f"int variable_{n};\n" for n in range(121))
CHAPTER = "# Slow\n\nIt is slow.\n\n```{holds}\n100.seconds > 1\n```\n"

CLEAN = {
    "src/core/banned.h": "#pragma GCC poison strcpy atoi\n",
    "src/kernel/part.mk": "hundred := 1\nkind := bare\nrooms := machine\n",
    "src/pm/part.mk": "hundred := 3\nkind := hosted\n",
    "src/kernel/bio.h": HEADER,
    "src/kernel/elf.c": "int elf;\n",
    "src/kernel/machine/heap.c": "int heap;\n",
    "src/pm/out.c": "int out;\n",
    "steps/100-slow/bio.c": SLOW,
    "steps/100-slow/step.toml": "title = 'Slow'\n",
    "steps/100-slow/golden.json": "{}\n",
    "steps/101-fast/bio.c": FAST,
    "steps/101-fast/step.toml": "title = 'Fast'\n",
    "steps/101-fast/golden.json": "{}\n",
    "book/kernel/100-slow.md": CHAPTER,
    "book/kernel/101-fast.md": CHAPTER,
    "tests/core/check.h": "void check(void);\n",
    "tests/core/bytes.c": '#include "check.h"\n',
}

# rule: [(the files that commit the sin (None: taken away), where it is found, words of the finding)]
SINS = {
    lint.name_in_src_and_step: [
        ({"src/kernel/bio.c": SLOW + "\n"}, ["steps/100-slow/bio.c:1", "steps/101-fast/bio.c:1"],
         "src/kernel/bio.c has the same name"),
        ({"steps/101-fast/heap.c": "int fast;\n"}, ["steps/101-fast/heap.c:1"],
         "src/kernel/machine/heap.c has the same name"),
    ],
    lint.header_in_step: [
        ({"steps/101-fast/bio.h": HEADER}, ["steps/101-fast/bio.h:1"],
         "src/kernel/bio.h is the seam"),
        ({"steps/101-fast/ring.h": HEADER}, ["steps/101-fast/ring.h:1"],
         "no file of this step includes it"),
        ({"steps/101-fast/ring.h": HEADER, "steps/101-fast/bio.c": '#include "ring.h"\n'}, [], ""),
    ],
    lint.step_folder: [
        ({"steps/101-fast/step.toml": None}, ["steps/101-fast/step.toml:1"], "missing"),
        ({"steps/101-fast/golden.json": None}, ["steps/101-fast/golden.json:1"], "missing"),
        ({"book/kernel/101-fast.md": None}, ["book/kernel/101-fast.md:1"], "missing"),
        ({"steps/101-fast/notes.txt": "…\n"}, ["steps/101-fast/notes.txt:1"], "does not belong"),
        ({"steps/fast/bio.c": FAST}, ["steps/fast:1"], "not a step"),
    ],
    lint.copy_of_what_it_replaces: [
        ({"steps/101-fast/bio.c": SLOW}, ["steps/101-fast/bio.c:1"],
         "the same as steps/100-slow/bio.c"),
    ],
    lint.too_large_a_step: [
        ({"steps/101-fast/new.c": LONG}, ["steps/101-fast:1"], "123 changed lines"),
        ({"steps/100-slow/new.c": LONG}, [], ""),
    ],
    lint.conditional_on_step: [
        ({"src/kernel/elf.c": "\n#ifdef STEP_101\nint elf;\n#endif\n"}, ["src/kernel/elf.c:2"],
         "STEP_101"),
        ({"src/kernel/elf.c": "#if FAST && STEP >= 101\nint elf;\n#endif\n"},
         ["src/kernel/elf.c:1"], "STEP"),
        ({"src/kernel/elf.c": "#ifdef FAST /* not the STEP */\nint elf;\n#endif\n"}, [], ""),
    ],
    lint.part_by_name: [
        ({"Makefile": "all:\n\t@ls src/pm\n"}, ["Makefile:2"], "src/pm: this is about any part"),
        ({"tests/measure/parts.py": 'def of(part="kernel"): ...\n'}, ["tests/measure/parts.py:1"], ""),
        ({"book/_ext/weave/x.py": "from pm.measured import part\n"}, ["book/_ext/weave/x.py:1"], ""),
        ({"tests/measure/test_parts.py": 'of("kernel")\n', "tests/kernel/x.py": 'of("kernel")\n',
          "tests/measure/machine/here.py": 'x = {"kernel": 1}\n# The kernel and its pm.\n',
          "src/kernel/build.mk": "more := src/kernel/x\n"}, [], ""),
    ],
    lint.include_from_the_root: [
        ({"src/kernel/elf.c": '#include "bio.h"\n'}, ["src/kernel/elf.c:1"], '"kernel/bio.h"'),
        ({"steps/101-fast/bio.c": '#include "bio.h"\n'}, ["steps/101-fast/bio.c:1"],
         '"kernel/bio.h"'),
        ({"tests/core/bytes.c": '#include "../../src/kernel/bio.h"\n'}, ["tests/core/bytes.c:1"],
         '"kernel/bio.h"'),
        ({"src/kernel/machine/boot.S": '#include "gone.h"\n'}, ["src/kernel/machine/boot.S:1"],
         "not written from src/"),
        ({"steps/101-fast/new.c": '#include "../100-slow/ring.h"\n',
          "steps/100-slow/ring.h": HEADER}, ["steps/101-fast/new.c:1"], "not written from src/"),
        ({"tests/kernel/load.c": '#include "../core/check.h"\n'}, [], ""),
        ({"tests/core/bio.h": HEADER, "tests/core/bytes.c": '#include "bio.h"\n'},
         ["tests/core/bytes.c:1"], '"kernel/bio.h"'),
    ],
    lint.formatting: [
        ({"src/kernel/elf.c": "int elf;\nint  two;\nint  three;\n"}, ["src/kernel/elf.c:2"],
         "not formatted"),
    ],
    lint.too_long_a_file: [
        ({"src/kernel/elf.c": LONG * 3 + "int elf;\n" * 37}, [], ""),
        ({"src/kernel/elf.c": LONG * 3 + "int elf;\n" * 38}, ["src/kernel/elf.c:401"], "401 lines"),
    ],
    lint.banned_call: [
        ({"tests/core/bytes.c": "\nint n = atoi(0);\n"}, ["tests/core/bytes.c:2"], "atoi"),
        ({"tests/core/bytes.c": 'const char *s = "atoi(0)"; /* no strcpy() */\n'}, [], ""),
    ],
    lint.spaces_for_tabs: [
        ({"src/kernel/bio.h": "struct bio {\n        int n;\n};\n"}, ["src/kernel/bio.h:2"],
         "indented with spaces"),
    ],
    lint.errno_in_two_files: [
        ({"src/pm/out.c": "int e = errno;\n", "steps/300-slow/in.c": "\nint f = errno;\n"},
         ["src/pm/out.c:1", "steps/300-slow/in.c:2"], "errno is read here and in"),
        ({"src/pm/out.c": "#include <errno.h>\nint e = errno;\nint f = errno;\n",
          "src/pm/in.c": "#include <errno.h>\nint g = -EIO; /* no errno */\n"}, [], ""),
        ({"steps/300-slow/in.c": "int e = errno;\n", "steps/301-fast/in.c": "int f = errno;\n"},
         [], ""),
    ],
    lint.trailing_whitespace: [
        ({"book/kernel/100-slow.md": "# Slow\n\nand steady \n"}, ["book/kernel/100-slow.md:3"],
         "whitespace"),
        ({"Makefile": "all:\r\n"}, ["Makefile:1"], "whitespace"),
    ],
    lint.missing_final_newline: [
        ({"book/kernel/100-slow.md": "# Slow\n\nand steady"}, ["book/kernel/100-slow.md:3"],
         "no newline"),
    ],
    lint.registry_host: [
        ({"fetch.py": "url = 'https://" + "registry." + "example.org/x'\n"}, ["fetch.py:1"],
         "configured"),
    ],
    lint.path_of_one_machine: [
        ({"fetch.py": "\npath = '/" + "home/" + "me/x'\n"}, ["fetch.py:2"], "one machine"),
        ({"fetch.py": "path = 'build/" + "home/" + "me/x'\n"}, [], ""),
    ],
    lint.generated_or_binary: [
        ({"src/kernel/elf.o": "text\n"}, ["src/kernel/elf.o:1"], "generated"),
        ({"disk.bin": "\0\n"}, ["disk.bin:1"], "binary"),
    ],
    lint.chapter_without_relation: [
        ({"book/kernel/101-fast.md": "# Fast\n\nIt may or may not be faster.\n"},
         ["book/kernel/101-fast.md:1"], "says nothing that data decide"),
        ({"book/kernel/101-fast.md": "# Fast\n\n````{holds}\n101.ratio > 1\n````\n"}, [], ""),
        ({"book/kernel/index.md": "# A part\n"}, [], ""),
    ],
}


def write(root: Path, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        if text is None:
            (root / name).unlink()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, newline="")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree without a sin."""
    write(tmp_path, CLEAN)
    shutil.copy(steps.ROOT / ".clang-format", tmp_path)
    return tmp_path


def complete(tree: Path) -> None:
    """Give every step that a sin has brought along what a step must have."""
    for step in steps.all_steps(tree):
        if step.number >= 200:
            write(tree, {f"steps/{step.id}/step.toml": "\n", f"steps/{step.id}/golden.json": "{}\n",
                         f"book/{step.part}/{step.id}.md": CHAPTER})


def places(found: list[lint.Finding], tree: Path) -> list[str]:
    return [f"{f.path.relative_to(tree)}:{f.line}" for f in found]


def test_a_tree_without_a_sin_has_no_finding(tree: Path) -> None:
    assert lint.findings(tree) == []


@pytest.mark.parametrize("rule, files, where, words", [
    pytest.param(rule, *sin, id=f"{rule.__name__}-{n}")
    for rule, sins in SINS.items() for n, sin in enumerate(sins)])
def test_a_rule_catches_its_sin(tree: Path, rule, files: dict[str, str | None], where: list[str],
                                words: str) -> None:
    write(tree, files)
    complete(tree)
    if rule is lint.formatting and not lint.clang_format():
        pytest.skip(f"clang-format {lint.CLANG_FORMAT} is not installed")
    found = lint.findings(tree, [rule])
    assert places(found, tree) == where
    assert all(words in f.what for f in found), found


def test_every_rule_has_a_sin() -> None:
    assert set(SINS) == set(lint.RULES)
    assert all(any(where for _, where, _ in sins) for sins in SINS.values())


def test_a_finding_fails_and_a_warning_does_not(tree: Path, capsys) -> None:
    assert lint.main([str(tree)]) == 0
    write(tree, {"steps/101-fast/new.c": LONG})
    assert lint.main([str(tree)]) == 0
    assert capsys.readouterr().out.startswith("steps/101-fast:1: warning: 123 changed lines")
    write(tree, {"src/kernel/bio.c": SLOW})
    assert lint.main([str(tree)]) == 1
    assert "steps/101-fast/bio.c:1: src/kernel/bio.c has" in capsys.readouterr().out


def test_what_git_ignores_is_not_looked_at(tree: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    write(tree, {".gitignore": "/out/\n", "out/x.bin": "\0\n"})
    assert lint.findings(tree) == []
    write(tree, {"new.bin": "\0\n"})
    assert places(lint.findings(tree), tree) == ["new.bin:1"]


def test_this_repository_is_clean() -> None:
    found = [f for f in lint.findings(steps.ROOT) if not f.warning]
    listing = "\n".join(f"{place}: {f.what}"
                        for place, f in zip(places(found, steps.ROOT), found))
    assert not found, f"make lint finds:\n{listing}"
