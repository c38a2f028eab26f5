"""This machine, described for the record."""
from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

from measure.machine import process


def describe(path: Path, cache: str) -> dict:
    """What golden.json says about where a program of this machine's own was measured."""
    return {
        "boot": Path("/proc/sys/kernel/random/boot_id").read_text()[:8],
        "architecture": platform.machine(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {platform.release()}",
        "compiler": first_line([os.environ.get("CC", "gcc"), "--version"]),
        "filesystem": filesystem(path),
        "cache": cache,
        "date": datetime.date.today().isoformat(),
    }


def filesystem(path: Path) -> str:
    """The type of the file system that holds `path`."""
    done = process.run(["findmnt", "-n", "-o", "FSTYPE", "--target", path])
    return done.stdout.strip() or "unknown"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def first_line(cmd: list[str]) -> str:
    return process.run(cmd).stdout.partition("\n")[0].strip()
