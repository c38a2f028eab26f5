"""The compilers, with the very flags of src/build.mk."""
from __future__ import annotations

import functools
import os
import re
import shlex
import subprocess
from pathlib import Path

from measure import steps

COMPILERS = ("gcc", "clang")
CORE = sorted((steps.ROOT / "src/core").glob("*.c"))


@functools.cache
def flags(goal: str, cc: str) -> list[str]:
    """CFLAGS as src/build.mk has them for `goal`: "kernel" (bare) or "host"; warnings are errors."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    database = subprocess.run(
        ["make", "-npf", "src/build.mk", "STEP=100", f"CC={cc}", "WERROR=1", goal],
        cwd=steps.ROOT, env=env, text=True, capture_output=True).stdout
    found = re.search(r"^CFLAGS := (.*)$", database, re.MULTILINE)
    assert found, f"src/build.mk sets no CFLAGS for {goal}"
    return [f for f in shlex.split(found[1]) if f not in ("-MMD", "-MP")]


def compile_c(goal: str, cc: str, *args: str | Path) -> subprocess.CompletedProcess:
    """Run the compiler from the repository's root, where -Isrc points to src/."""
    return subprocess.run([cc, *flags(goal, cc), *map(str, args)], cwd=steps.ROOT, text=True,
                          capture_output=True, timeout=120)


def must_compile(goal: str, cc: str, *args: str | Path) -> None:
    """The same, and no warning and no error."""
    done = compile_c(goal, cc, *args)
    assert done.returncode == 0 and not done.stderr, f"{cc}, as for `{goal}`:\n{done.stderr}"
