"""A file system of another kind than the machine's own: in an image, mounted for a while.

The image is read and written directly, not through the page cache of the file system that it
lies on: else what is cold inside would still be warm below.
"""
from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from measure.machine import process
from measure.problem import Problem
from measure.steps import ROOT

MKFS = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f"),
        "btrfs": ("mkfs.btrfs", "-q", "-f")}
LEAST_BYTES = 400 * 2**20  # what mkfs.xfs wants, and some
FOLDER = ROOT / "build"


def why_not(kind: str) -> str:
    """Why none can be mounted here; "" when one can."""
    if kind not in MKFS:
        return f"nobody here knows how to make {kind}; there are: {', '.join(MKFS)}"
    if os.geteuid() != 0:
        return f"{kind}: only root may mount"
    for program in (MKFS[kind][0], "mount", "losetup"):
        if not shutil.which(program):
            return f"{kind}: {program} is not installed; `make setup` installs what is missing"
    if not Path("/dev/loop-control").exists():
        return f"{kind}: there are no loop devices here"
    if f"\t{kind}\n" not in Path("/proc/filesystems").read_text():
        return f"{kind}: this kernel does not have it"
    return ""


@contextmanager
def mounted(kind: str, size_bytes: int) -> Iterator[Path]:
    """An empty file system that holds `size_bytes`; gone at the end, however that comes."""
    if why := why_not(kind):
        raise Problem(why)
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as undo:
        scratch = Path(tempfile.mkdtemp(dir=FOLDER, prefix=f"mount-{kind}-"))
        undo.callback(shutil.rmtree, scratch, ignore_errors=True)
        image, point = scratch / "image", scratch / "root"
        point.mkdir()
        with open(image, "wb") as f:
            f.truncate(max(LEAST_BYTES, size_bytes * 5 // 4))
        _do(*MKFS[kind], image)
        # What undoes a thing stands before it: an interrupt may come at any time.
        undo.callback(_detach, image)
        _do("losetup", "--find", "--direct-io=on", image)
        undo.callback(_unmount, point)
        _do("mount", *_devices(image), point)
        yield point


def _devices(image: Path) -> list[str]:
    said = process.run(["losetup", "--noheadings", "--output", "NAME", "--associated", image])
    return said.stdout.split()


def _detach(image: Path) -> None:
    for device in _devices(image):
        process.run(["losetup", "--detach", device])


def _unmount(point: Path) -> None:
    if not os.path.ismount(point):
        return
    if process.run(["umount", point]).returncode:  # somebody is still in it
        _do("umount", "--lazy", point)


def _do(*command: str | Path) -> None:
    done = process.run(command)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise Problem(f"{' '.join(map(str, command))}: "
                      + (words[-1] if words else f"status {done.returncode}"))
