"""What is read when something is measured: made or fetched once, and kept.

Everything lands in build/inputs/, beside a .sha256 that also says how it was made; what was made
otherwise is made again.
"""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measure.machine import talk
from measure.steps import ROOT

INPUTS = ROOT / "build" / "inputs"


def sha256_of(path: Path) -> str:
    """Of a folder: of what `sha256sum *` says in it."""
    if path.is_dir():
        lines = "".join(f"{sha256_of(p)}  {p.name}\n" for p in sorted(path.iterdir()))
        return hashlib.sha256(lines.encode()).hexdigest()
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def size_of(path: Path) -> int:
    """In bytes; of a folder: of the files in it."""
    return sum(p.stat().st_size for p in (path.iterdir() if path.is_dir() else [path]))


def cached(name: str, recipe: str, make: Callable[[Path], None]) -> tuple[Path, str]:
    """build/inputs/<name>, made by make(path) unless it stands there by the same recipe.

    It is a file, or a folder of files.
    """
    path, note = INPUTS / name, INPUTS / f"{name}.sha256"
    with _lock(name):
        if path.exists() and (sha256 := _noted(note, recipe, size_of(path))):
            return path, sha256
        note.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=INPUTS, prefix=f".{name}.") as scratch:
            made = Path(scratch) / name
            with talk.waiting(f"Making {name}"):
                make(made)
            sha256 = sha256_of(made)
            size = size_of(made)
            if path.is_dir():
                shutil.rmtree(path)  # a folder does not replace one that has files
            os.replace(made, path)
            (made.parent / "note").write_text(f"# {size} bytes: {recipe}\n{sha256}  {name}\n")
            os.replace(made.parent / "note", note)
        return path, sha256


def forget(path: Path) -> None:
    """Remove a file that cached() made; it is made again when it is wanted again."""
    for left in (path, path.with_name(f"{path.name}.sha256"), path.with_name(f".{path.name}.lock")):
        left.unlink(missing_ok=True)


def _noted(note: Path, recipe: str, size: int) -> str | None:
    """The checksum in `note`, if that speaks of this recipe and size."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        head, line = note.read_text().splitlines()
        if head == f"# {size} bytes: {recipe}":
            return line.split()[0]
    return None


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    """One process at a time makes an input; the others wait and find it made."""
    INPUTS.mkdir(parents=True, exist_ok=True)
    with open(INPUTS / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
