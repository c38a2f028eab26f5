"""The usual ways to read and copy files, as subjects beside `stage`; and the floor below both.

tests/stdio/peers/main.c does what `stage bench` does, in the way that is named; launch.c times
GNU's cp and cat, and what else has no clock of its own; words.c says one word to the kernel.
"""
from __future__ import annotations

import fcntl
import shutil
from dataclasses import dataclass
from pathlib import Path

from measure.machine import process
from measure.problem import Problem
from measure.steps import ROOT

SOURCES = ROOT / "tests" / "stdio" / "peers"
OUT = ROOT / "build" / "stdio-peers"
FLAGS = ("-std=gnu17", "-g", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
         "-I", ROOT / "src", "-include", "core/banned.h",
         "-falign-functions=64", "-falign-loops=32", "-falign-jumps=16")  # as src/build.mk
TOKENIZER = ROOT / "src" / "stdio" / "cmd" / "token.c"  # stage's own
PROGRAMS = {"peer": ("main.c", "memory.c", "stdio.c", "read.c", "map.c", "total.c", TOKENIZER),
            "launch": ("launch.c",), "uring_cp": ("uring_cp.c",), "words": ("words.c", "total.c")}
LIBRARIES = {"uring_cp": "uring"}

MEMORY = "memory"  # the floor: the bytes were there before the clock started
WAYS = ("fread", "read256k", "mmap")
NO_WORD = "nothing"


@dataclass(frozen=True)
class Peer:
    """A way to do a case: its name, and the words before the case's own."""
    name: str
    program: Path
    words: tuple[str, ...]


def way(name: str) -> Peer:
    """One of WAYS, "fgetc" or MEMORY."""
    return Peer(name, built("peer"), (name,))


def word(name: str) -> Peer:
    """Sums a file through a map after it has told the kernel that, or NO_WORD: of words.c."""
    return Peer(name, built("words"), (name,))


def built(program: str) -> Path:
    """Compile it, unless it is newer than its sources."""
    OUT.mkdir(parents=True, exist_ok=True)
    to = OUT / program
    sources = [SOURCES / name for name in PROGRAMS[program]]
    with open(OUT / f".{program}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(p.stat().st_mtime for p in (*sources, *SOURCES.glob("*.h")))
        if not to.exists() or to.stat().st_mtime < newest:
            libraries = [f"-l{LIBRARIES[program]}"] if program in LIBRARIES else []
            done = process.run(["gcc", *FLAGS, "-o", to, *sources, *libraries])
            if done.returncode:
                raise Problem(f"gcc {program}: {done.stderr.rstrip()}")
    return to


def why_not(program: str) -> str:
    """Why a peer cannot be had here; "" when it can."""
    if program == "uring_cp":
        return "" if Path("/usr/include/liburing.h").exists() else "liburing-dev is not installed"
    return "" if shutil.which(program) else f"{program} is not installed"
