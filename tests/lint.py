#!/usr/bin/python3
"""make lint: the rules of layers and style that no compiler knows.

Prints `path:line: what is wrong` for each finding and exits with 1 when there is one;
warnings are printed and do not count. `tests/lint.py FOLDER` looks at another tree.
"""
from __future__ import annotations

import difflib
import functools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from measure import described, steps
from measure.steps import Step

CLANG_FORMAT = 14   # another version formats otherwise
MOST_LINES = 400    # of a C file
MOST_CHANGED = 120  # of a step, before it should be two
NOT_SOURCE = {".git", "build", "mine", "__pycache__", ".pytest_cache"}
# The harness of all parts; its tests may take a part that there is as their example.
OF_ALL_PARTS = re.compile(r"Makefile|src/[^/]+\.mk|tests/(?:lint|conftest)\.py|"
                          r"tests/measure/(?:.*/)?(?!test_)[^/]+\.py|book/_ext/.*\.py")
HOLDS = re.compile(r"^`{3,}\{holds\}$", re.M)  # in a chapter, see book/_ext/weave/relations.py
GENERATED = {".o", ".a", ".d", ".so", ".elf", ".img", ".pyc", ".epub"}


class Finding(NamedTuple):
    path: Path
    line: int
    what: str
    warning: bool = False


class Tree:
    """The files that git has or would take, and the steps among them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = sorted(p for p in listed(root) if p.is_file() and not p.is_symlink())
        self.steps = steps.all_steps(root)
        self.c_files = self.under("src", "steps", "tests")

    def path(self, file: Path) -> str:
        return str(file.relative_to(self.root))

    def under(self, *folders: str, suffixes: tuple[str, ...] = (".c", ".h")) -> list[Path]:
        """The C files below these folders."""
        return [p for p in self.files if p.suffix in suffixes
                and p.relative_to(self.root).parts[0] in folders]

    @functools.cached_property
    def texts(self) -> dict[Path, str]:
        """What every file says, except the ones that are no text."""
        return {p: data.decode("utf-8", "replace") for p in self.files
                if b"\0" not in (data := p.read_bytes())}

    @functools.cached_property
    def code(self) -> dict[Path, str]:
        """What every C file says to the compiler: no comments, no strings, the same lines."""
        return {p: NO_CODE.sub(lambda m: "\n" * m[0].count("\n") or " ", self.texts[p])
                for p in self.c_files if p in self.texts}


NO_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


def listed(root: Path) -> list[Path]:
    """What git lists; where it does not answer, everything but what is generated."""
    git = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         cwd=root, text=True, capture_output=True)
    if git.returncode == 0:
        return [root / name for name in git.stdout.split("\0") if name]
    return [p for p in root.rglob("*") if not NOT_SOURCE & set(p.relative_to(root).parts)]


def matches(texts: dict[Path, str], pattern: re.Pattern, what: str) -> Iterator[Finding]:
    """A finding for every line with a match: {0} in `what` is the match, {1} its first group."""
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            if found := pattern.search(line):
                yield Finding(path, number, what.format(found[0].strip(), *found.groups()))


# --- layers ----------------------------------------------------------------------------------


def replaced(tree: Tree, step: Step, name: str) -> Path | None:
    """The file of the steps before that `name` stands for; None when it is new."""
    before = steps.before(step, tree.root)
    try:
        return steps.resolve(name, before, tree.root) if before else None
    except FileNotFoundError:
        return None


def stable_folders(tree: Tree, part: str) -> list[Path]:
    """Where the files of a part stand that no step replaces."""
    return [tree.root / "src" / part / room for room in described.find(part, tree.root).rooms]


def name_in_src_and_step(tree: Tree) -> Iterator[Finding]:
    for step in tree.steps:
        for file in step.files():
            for folder in stable_folders(tree, step.part):
                if (folder / file.name).is_file():
                    yield Finding(file, 1, f"{tree.path(folder / file.name)} has the same name: a "
                                  f"file that steps replace stands in the x00 step, not in src/")


def header_in_step(tree: Tree) -> Iterator[Finding]:
    in_src = {p.name: p for p in tree.under("src", suffixes=(".h",))}
    for step in tree.steps:
        for header in sorted(step.dir.glob("*.h")):
            includes = f'#include "{header.name}"'
            if header.name in in_src:
                yield Finding(header, 1, f"{tree.path(in_src[header.name])} is the seam: a step "
                              "does not replace headers; mend the one in src/ for all steps")
            elif not any(includes in f.read_text() for f in step.files()):
                yield Finding(header, 1, "no file of this step includes it: a step's header is "
                              "private to the step, a seam stands in src/")


def step_folder(tree: Tree) -> Iterator[Finding]:
    folder = tree.root / "steps"
    known = {s.dir for s in tree.steps}
    for stray in sorted(folder.iterdir()) if folder.is_dir() else []:
        if stray not in known:
            yield Finding(stray, 1, "not a step: steps are folders called NNN-name, of a "
                          "hundred that the part.mk of a part has")
    for step in tree.steps:
        for needed in (step.dir / "step.toml", step.golden_path,
                       tree.root / "book" / step.part / f"{step.id}.md"):
            if not needed.is_file():
                yield Finding(needed, 1, f"missing: step {step.id} needs one")
        for file in sorted(step.dir.iterdir()):
            if file.suffix not in (".c", ".S", ".h") and file.name not in ("step.toml",
                                                                           "golden.json"):
                yield Finding(file, 1, "does not belong in a step: only its .c, .S and private .h "
                              "files, step.toml and golden.json")


def copy_of_what_it_replaces(tree: Tree) -> Iterator[Finding]:
    for step in tree.steps:
        for file in step.files():
            old = replaced(tree, step, file.name)
            if old and old.read_bytes() == file.read_bytes():
                yield Finding(file, 1, f"the same as {tree.path(old)}, which would stand here "
                              "without it")


def changed_lines(tree: Tree, step: Step) -> int:
    """Lines that the step takes away and lines that it adds."""
    n = 0
    for file in step.files():
        old = replaced(tree, step, file.name)
        before = old.read_text().splitlines() if old else []
        diff = difflib.unified_diff(before, file.read_text().splitlines(), n=0, lineterm="")
        n += sum(line[0] in "+-" for line in list(diff)[2:])
    return n


def too_large_a_step(tree: Tree) -> Iterator[Finding]:
    for step in tree.steps:
        if not step.first and (n := changed_lines(tree, step)) > MOST_CHANGED:
            yield Finding(step.dir, 1, f"{n} changed lines; a step that can be read at one go has "
                          f"{MOST_CHANGED} at most", warning=True)


def conditional_on_step(tree: Tree) -> Iterator[Finding]:
    texts = {p: tree.code[p] for p in tree.under("src", "steps") if p in tree.code}
    pattern = re.compile(r"^\s*#\s*(?:el)?if(?:n?def)?\b.*?\b([A-Z_]*STEP[A-Z0-9_]*)")
    return matches(texts, pattern, "{1}: code does not ask which step it is in; a step is a file")


def part_by_name(tree: Tree) -> Iterator[Finding]:
    """What is true of any part names none: a new part must need no edit there."""
    of_all = [path for path in tree.files if OF_ALL_PARTS.fullmatch(tree.path(path))]
    names = "|".join(p.name for p in described.parts(tree.root)) or "(?!)"
    pattern = re.compile(rf"""\b(?:src|tests|book)/({names})\b|\b({names})\.measured\b|"""
                         rf"""(?<!\[)["']({names})["'](?!\s*[\]:])|\{{[a-z]+\}} ({names})\b""")
    return matches({path: tree.texts[path] for path in of_all if path in tree.texts}, pattern,
                   "{0}: this is about any part, and names one; what is peculiar to a part stands "
                   "in its own folders")


# --- C ---------------------------------------------------------------------------------------


def include_from_the_root(tree: Tree) -> Iterator[Finding]:
    """A bare name would be looked up beside the including file first, whatever layer it is in."""
    seams = {p.name: p.relative_to(tree.root / "src")
             for p in tree.under("src", suffixes=(".h",))}
    pattern = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
    for path in tree.under("src", "steps", "tests", suffixes=(".c", ".h", ".S")):
        for number, line in enumerate(tree.texts.get(path, "").split("\n"), 1):
            if (found := pattern.match(line)) and not may_include(tree, path, found[1], seams):
                meant = seams.get(Path(found[1]).name)
                yield Finding(path, number, f'#include "{found[1]}" is not written from src/' +
                              (f': "{meant}"' if meant else ""))


def may_include(tree: Tree, path: Path, name: str, seams: dict[str, Path]) -> bool:
    """A seam from the root; a step's private header beside it; a test's own header."""
    if "/" in name and (tree.root / "src" / name).is_file():
        return True
    folder = path.relative_to(tree.root).parts[0]
    own = Path(name).name not in seams and (path.parent / name).is_file()
    return own and (folder == "tests" or folder == "steps" and "/" not in name)


def formatting(tree: Tree) -> Iterator[Finding]:
    program = clang_format()
    files = [tree.path(p) for p in tree.c_files]
    if not program:
        print(f"lint: clang-format {CLANG_FORMAT} is not installed; formatting is not checked")
        return
    done = subprocess.run([program, "--dry-run", "-Werror", *files], cwd=tree.root, text=True,
                          capture_output=True) if files else None
    seen = set()
    for name, line in re.findall(r"^(.+?):(\d+):\d+: error: code should be clang-formatted",
                                 done.stderr if done else "", re.MULTILINE):
        if name not in seen:
            seen.add(name)
            yield Finding(tree.root / name, int(line), "not formatted, here first; "
                          "`make format` mends it")


@functools.cache
def clang_format() -> str | None:
    """The clang-format whose output .clang-format describes."""
    for name in (f"clang-format-{CLANG_FORMAT}", "clang-format"):
        if path := shutil.which(name):
            version = subprocess.run([path, "--version"], text=True, capture_output=True).stdout
            if f"version {CLANG_FORMAT}." in version:
                return path
    return None


def too_long_a_file(tree: Tree) -> Iterator[Finding]:
    for path in tree.c_files:
        lines = tree.texts.get(path, "").count("\n")
        if lines > MOST_LINES:
            yield Finding(path, MOST_LINES + 1, f"{lines} lines; {MOST_LINES} at most, and one "
                          "job a file")


def banned_call(tree: Tree) -> Iterator[Finding]:
    """The poison reaches what is built with banned.h; this reaches every C file."""
    banned = tree.root / "src/core/banned.h"
    words = re.findall(r"^#pragma GCC poison (.*)$", tree.texts.get(banned, ""), re.MULTILINE)
    if words:
        pattern = re.compile(r"\b(" + "|".join(" ".join(words).split()) + r")\s*\(")
        texts = {p: t for p, t in tree.code.items() if p != banned}
        yield from matches(texts, pattern, "{1} is banned; src/core/banned.h says why")


def spaces_for_tabs(tree: Tree) -> Iterator[Finding]:
    texts = {p: tree.texts[p] for p in tree.c_files if p in tree.texts}
    return matches(texts, re.compile(r"^ {8}"), "indented with spaces; C is indented with tabs")


def errno_in_two_files(tree: Tree) -> Iterator[Finding]:
    """libc's errno becomes -errno in one file a program, so that all others have one sign."""
    pattern = re.compile(r"^(?!\s*#).*\berrno\b")
    for part in (p.name for p in described.parts(tree.root) if p.hosted):
        folders = [tree.root / "src" / part] + [s.dir for s in tree.steps if s.part == part]
        readers: dict[str, Finding] = {}
        for path in tree.code:
            if path.parent in folders:
                for finding in matches({path: tree.code[path]}, pattern, ""):
                    readers.setdefault(path.name, finding)
        if len(readers) > 1:
            for name, finding in readers.items():
                others = ", ".join(sorted(set(readers) - {name}))
                yield finding._replace(what=f"errno is read here and in {others}; one file of "
                                       f"{part} turns it into -errno for all others")


# --- every file ------------------------------------------------------------------------------


def trailing_whitespace(tree: Tree) -> Iterator[Finding]:
    return matches(tree.texts, re.compile(r"[ \t\r]+$"), "whitespace at the end of the line")


def missing_final_newline(tree: Tree) -> Iterator[Finding]:
    for path, text in tree.texts.items():
        if text and not text.endswith("\n"):
            yield Finding(path, text.count("\n") + 1, "no newline at the end of the file")


def registry_host(tree: Tree) -> Iterator[Finding]:
    pattern = re.compile(r"\b(?:registry|deb|archive|security)\.[a-z]+\.(?:org|com)\b")
    return matches(tree.texts, pattern, "{0}: clients use the registry that they are configured "
                   "with")


def path_of_one_machine(tree: Tree) -> Iterator[Finding]:
    pattern = re.compile(r"(?<![\w.})])/(?:work|home|root)/[\w.-]+")
    return matches(tree.texts, pattern, "{0} exists on one machine only")


def generated_or_binary(tree: Tree) -> Iterator[Finding]:
    for path in tree.files:
        if path.suffix in GENERATED or NOT_SOURCE & set(path.relative_to(tree.root).parts):
            yield Finding(path, 1, "generated files are not committed")
        elif path not in tree.texts:
            yield Finding(path, 1, "binary files are not committed")


def chapter_without_relation(tree: Tree) -> Iterator[Finding]:
    for step in tree.steps:
        chapter = tree.root / "book" / step.part / f"{step.id}.md"
        if chapter.is_file() and not HOLDS.search(chapter.read_text()):
            yield Finding(chapter, 1, "it says nothing that data decide: what happened is said, and a "
                          "{holds} behind it lists the relations that this rests on")


RULES = (
    name_in_src_and_step, header_in_step, step_folder, copy_of_what_it_replaces, too_large_a_step,
    conditional_on_step, part_by_name, include_from_the_root, formatting, too_long_a_file, banned_call,
    spaces_for_tabs, errno_in_two_files, trailing_whitespace, missing_final_newline,
    registry_host, path_of_one_machine, generated_or_binary, chapter_without_relation,
)


def findings(root: Path, rules: Iterable = RULES) -> list[Finding]:
    tree = Tree(root.resolve())
    return sorted(f for rule in rules for f in rule(tree))


def main(args: list[str]) -> int:
    root = Path(args[0] if args else steps.ROOT).resolve()
    found = findings(root)
    for f in found:
        print(f"{f.path.relative_to(root)}:{f.line}: {'warning: ' if f.warning else ''}{f.what}")
    return int(any(not f.warning for f in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
