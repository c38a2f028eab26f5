"""A program's own counts of its system calls, held against strace's.

A program also makes calls that nobody counts: the dynamic linker, the start, the allocator.
So a run is compared with a baseline run of the same program that has little to do: what the
work took more must be the same in both books.
"""
from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measure.machine import hosted, page_cache, process
from measure.problem import Problem

PREFIX = "sys."
LIMIT_SECONDS = 120

# What strace calls it, where a counter's name is another. A call that is younger than strace has a
# number there, and numbers for arguments.
CACHESTAT = f"syscall_{page_cache.SYS_CACHESTAT:#x}"
KERNEL_NAMES = {"openat": "open", "pread64": "pread", "pwrite64": "pwrite", "fadvise64": "fadvise",
                "newfstatat": "stat", "fstat": "stat", "lstat": "stat", "statx": "stat",
                "exit_group": "exit", CACHESTAT: "cachestat",
                "rt_sigaction": "sigaction", "rt_sigprocmask": "sigprocmask"}
# Calls of the C library and of threads, not of the work.
NOT_THE_WORK = frozenset(("brk", "futex", "exit", "clone", "clone3", "set_robust_list",
                          "rseq", "mprotect", "prlimit64", "arch_prctl",
                          "set_tid_address", "getrandom", "execve", "access", "sched_getaffinity",
                          "wait4", "clock_gettime", "sysinfo"))
# Of signals, a handler for SIGBUS and the question whether it is blocked are the work's; threads that
# are started, and sanitizers, set others.
SIGNALS = {"rt_sigaction": re.compile(r"SIGBUS\b"), "rt_sigprocmask": re.compile(r"SIG_\w+, NULL")}
CALL = re.compile(r"(?:\[pid +)?(\d+)\]? +(\w+)\((.*)")
RESUMED = re.compile(r"(?:\[pid +)?(\d+)\]? +<\.\.\. mmap resumed>.*= (0x[0-9a-f]+)")
ADDRESS = re.compile(r"0x[0-9a-f]+")


@dataclass
class Log:
    """The calls of one run as strace saw them, by what counters call them."""
    calls: Counter[str] = field(default_factory=Counter)
    mapped: dict[int, int] = field(default_factory=dict)  # files' mappings: where, how long
    waiting: dict[str, int] = field(default_factory=dict)  # a thread in mmap: the length

    def take(self, line: str) -> None:
        """Memory that holds no file is the allocator's; nobody counts that."""
        if m := RESUMED.match(line):
            if m[1] in self.waiting:
                self.mapped[int(m[2], 16)] = self.waiting.pop(m[1])
        elif m := CALL.match(line):
            thread, name, rest = m.groups()
            if name == "mmap":
                self._map(thread, rest)
            elif name in SIGNALS and not SIGNALS[name].match(rest):
                pass
            elif name not in ("munmap", "madvise", "mremap", "msync") or self._of_a_file(rest):
                self.calls[KERNEL_NAMES.get(name, name)] += 1

    def _map(self, thread: str, rest: str) -> None:
        if "MAP_ANONYMOUS" in rest:
            return
        self.calls["mmap"] += 1
        length = int(rest.split(", ")[1])
        if answer := re.search(r"= (0x[0-9a-f]+)", rest):
            self.mapped[int(answer[1], 16)] = length
        elif "unfinished" in rest:
            self.waiting[thread] = length

    def _of_a_file(self, rest: str) -> bool:
        address = int(found[0], 16) if (found := ADDRESS.match(rest)) else 0
        return any(begin <= address < begin + length for begin, length in self.mapped.items())


def read_log(lines: Iterable[str]) -> dict[str, int]:
    log = Log()
    for line in lines:
        log.take(line)
    return dict(log.calls)


@dataclass(frozen=True)
class Books:
    """The same run counted twice."""
    own: dict[str, int]      # the program's counters, "sys." left off
    strace: dict[str, int]


def traced(command: Sequence[str | Path], cwd: Path) -> Books:
    """Run the program under strace; Problem unless it ends well."""
    with tempfile.TemporaryDirectory(prefix="strace-") as scratch:
        log, counters = Path(scratch) / "log", Path(scratch) / "counters"
        done = process.run(["strace", "-f", "-qq", "-e", "signal=none", "-s", "0", "-o", log, "--",
                            *command], cwd=cwd, env=hosted.environment(counters),
                           limit_seconds=LIMIT_SECONDS)
        if done.returncode:
            raise Problem(f"strace of {Path(command[0]).name} {hosted.ended(done.returncode)}: "
                          f"{done.stderr.strip()}")
        figures = hosted.read_figures(counters, Path(command[0]).name)
        with open(log, errors="replace") as lines:
            seen = read_log(lines)
    own = {k.removeprefix(PREFIX): v for k, v in figures.items() if k.startswith(PREFIX)}
    return Books(own, seen)


def disagreements(work: Books, baseline: Books) -> list[str]:
    """Every call that the work made, or says it made, and the other book does not have."""
    found = []
    for name in sorted({*work.own, *work.strace, *baseline.strace} - NOT_THE_WORK):
        own, seen = (getattr(work, book).get(name, 0) - getattr(baseline, book).get(name, 0)
                     for book in ("own", "strace"))
        if own != seen:
            found.append(f"{name}: the program counted {own:,}, strace saw {seen:,}")
    return found
