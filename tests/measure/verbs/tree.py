"""A step as its reader wants to see it: the change (make diff-N), and all the source in one tree
(make tree-N).
"""
from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from measure import build, described, steps
from measure.problem import Problem
from measure.steps import ROOT, Step

# What the compiler writes beside the object, and where that goes in the end, is for make.
NOTES = re.compile(r" -MMD| -MP| -M[TF] \S+")


# --- diff ----------------------------------------------------------------------------------


def changes(step: Step) -> list[tuple[Path | None, Path]]:
    """Each file of the step, after the one that it replaces (None: it is new)."""
    below = steps.before(step)

    def replaced(name: str) -> Path | None:
        try:
            return steps.resolve(name, below) if below else None
        except FileNotFoundError:
            return None
    return [(replaced(file.name), file) for file in step.files()]


def diff(step: Step, colour: bool | None = None) -> str:
    """The step's change, as git shows one."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") if colour is None else colour
    below = steps.before(step)
    shown = [f"{step.id}: {step.toml['title']}, " + (f"against {below.id}" if below else "which "
             "replaces nothing: it is where the part begins"), ""]
    for old, new in changes(step):
        shown.append(git_diff(old, new, colour))
    if below and "measured" in step.toml:
        shown += ["[measured]", *table_change(steps.measured_with(below), steps.measured_with(step))]
    return "\n".join(shown).rstrip() + "\n"


def git_diff(old: Path | None, new: Path, colour: bool) -> str:
    """A stat and the patch of one file. git's exit status 1 means that the two differ."""
    names = [str(p.relative_to(ROOT)) if p else os.devnull for p in (old, new)]
    done = subprocess.run(
        ["git", "--no-pager", "diff", "--no-index", "--stat=100", "--patch", "--src-prefix=",
         "--dst-prefix=", "--color=" + ("always" if colour else "never"), "--", *names],
        cwd=ROOT, text=True, capture_output=True)
    if done.returncode > 1:
        raise Problem(f"git diff: {done.stderr.strip()}")
    return done.stdout


def table_change(old: dict, new: dict) -> list[str]:
    """The table's keys that changed, one line each."""
    old, new = flat(old), flat(new)
    return [f"  {key}: {old.get(key, '(none)')} → {new.get(key, '(none)')}"
            for key in sorted(old | new) if old.get(key) != new.get(key)]


def flat(table: dict, above: str = "") -> dict:
    """{"image.type": "ext2"} of {"image": {"type": "ext2"}}."""
    found = {}
    for key, value in table.items():
        found |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
    return found


# --- tree ----------------------------------------------------------------------------------


def tree(step: Step) -> Path:
    """build/N/tree/: links to every file as of the step, and compile_commands.json for editors."""
    top = ROOT / "build" / str(step.number) / "tree"
    shutil.rmtree(top, ignore_errors=True)
    for at, file in sorted(sources(step).items()):
        link = top / at
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(file, link.parent))
    (top / "compile_commands.json").write_text(json.dumps(compile_commands(step, top), indent=1))
    return top


def sources(step: Step) -> dict[str, Path]:
    """Where each file stands in the tree ("kernel/bio.c"), and which file it is."""
    found = {}
    for folder in (step.part, "core"):
        for file in sorted((ROOT / "src" / folder).rglob("*")):
            if file.suffix in (".c", ".S", ".h", ".ld"):
                found[str(file.relative_to(ROOT / "src"))] = file
    for layer in reversed(steps.at_or_below(step)):
        for file in layer.files():
            found[f"{step.part}/{file.name}"] = file
    return found


def compile_commands(step: Step, top: Path) -> list[dict]:
    """What src/build.mk would run, with the paths of the tree."""
    env = {k: v for k, v in os.environ.items() if k not in build.FROM_MAKE}
    recipes = subprocess.run(["make", "-nBf", "src/build.mk", f"STEP={step.number}",
                             described.find(step.part).goal],
                             cwd=ROOT, env=env, text=True, capture_output=True, check=True).stdout
    where = {str(file.relative_to(ROOT)): at for at, file in sources(step).items()}
    commands = []
    for compiler in re.findall(r"(\S+ -std=.* -c -o \S+ \S+) \) &&", recipes):
        args = [re.sub(r"^-Isrc", "-I.", a) for a in shlex.split(NOTES.sub("", compiler))]
        if args[-1] in where:
            args[-1] = where[args[-1]]
            commands.append({"directory": str(top), "file": args[-1], "arguments": args})
    return commands
