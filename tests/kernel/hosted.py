"""The portable half of the kernel as a program: one run of it, and what it said.

Every run is under AddressSanitizer, UBSan and the leak checker, and must end as the kernel
would: done, or an `error:` line. Anything else is a failure, whatever the test is about.
"""
from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

OPTIONS = {"ASAN_OPTIONS": "exitcode=99:detect_leaks=1:allocator_may_return_null=0",
           "UBSAN_OPTIONS": "print_stacktrace=1"}
COUNTER = re.compile(r"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+) (\d+)")


@dataclass(frozen=True)
class Run:
    status: int  # 0: done, 1: an error was reported
    out: bytes
    errors: list[str]  # without their "error: "

    @property
    def lines(self) -> list[str]:
        return self.out.decode().splitlines()

    @property
    def pages(self) -> list[str]:
        """The `page` lines: address, checksum, permissions."""
        return [line for line in self.lines if line.startswith("page ")]

    @property
    def touched(self) -> list[int]:
        """With SHOW=1: the addresses that were read, in that order."""
        return [int(line[6:], 16) for line in self.lines if line.startswith("touch ")]

    @property
    def counters(self) -> dict[str, int]:
        found = filter(None, map(COUNTER.fullmatch, self.lines))
        return {m[1]: int(m[2]) for m in found}


def run(program: Path, *args: object, timeout: float = 20, **env: object) -> Run:
    """Run a hosted program; `env`: FAIL_READ=3, MEMORY_MIB=16, …"""
    command = [str(program), *map(str, args)]
    settings = {name: str(value) for name, value in env.items()}
    shown = " ".join([*(f"{k}={v}" for k, v in settings.items()), *command])
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=timeout, env=os.environ | OPTIONS | settings)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{shown}\nstill runs after {timeout} s: a loop without a bound?")
    said = done.stderr.decode(errors="replace")
    errors = [line[7:] for line in said.splitlines() if line.startswith("error: ")]
    if done.returncode not in (0, 1) or len(errors) != len(said.splitlines()):
        raise AssertionError(f"{shown}\nended with status {done.returncode} and said:\n{said}")
    if bool(errors) != bool(done.returncode):
        raise AssertionError(f"{shown}\nstatus {done.returncode} does not fit what it said:\n{said}")
    return Run(done.returncode, done.stdout, errors)


def load(program: Path, image: Path, *paths: str, **env: object) -> Run:
    """Load an ELF file from an image, by default /program, and touch its pages: all, or
    TOUCH= per cent of them. Or several files, one after the other."""
    return run(program, image, *(paths or ["/program"]), **env)


def fault(program: Path, image: Path, *faults: int, path: str = "/program", **env: object) -> Run:
    """Load an ELF file and have these page faults: address, the CPU's error code, address …"""
    return run(program, "--fault", image, path, *faults, **env)


def cat(program: Path, image: Path, path: str, *pieces: int, **env: object) -> Run:
    """Read a file, or pieces of it: offset, length, offset, length …"""
    return run(program, "--cat", image, path, *pieces, **env)
