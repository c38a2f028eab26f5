"""What the tests of libstage share: the step's programs, the modes, a file's answers word by word."""
from __future__ import annotations

import subprocess
import sys
import time
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from measure.machine import page_cache
from measure.problem import Problem
from same_program import of_goal

MODES = ("none", "mmap", "prefetch", "adaptive")
# Whatever a sanitizer finds ends the program with a status that nothing else has.
SANITIZED = {"ASAN_OPTIONS": "exitcode=99:detect_leaks=1", "TSAN_OPTIONS": "exitcode=99",
             "UBSAN_OPTIONS": "print_stacktrace=1", "LC_ALL": "C", "PATH": "/usr/bin:/bin"}


@pytest.fixture(scope="session")
@of_goal("stage")
def plain(build_goal: Callable[[str], Path]) -> Path:
    """The folder with stage, libstage.a and libstage.so as people get them."""
    return build_goal("stage")


@pytest.fixture(scope="session")
@of_goal("stage-asan")
def asan(build_goal: Callable[[str], Path]) -> Path:
    """The same under AddressSanitizer and UBSan, and the programs of tests/stdio/main."""
    return build_goal("stage-asan") / "asan"


@pytest.fixture
def stage(asan: Path, run):
    """Run the command: stage("cat", "file") -> CompletedProcess, never by a sanitizer's leave."""
    def run_stage(*words: object, **popen) -> subprocess.CompletedProcess:
        env = SANITIZED | popen.pop("env", {})
        done = run([asan / "stage", *map(str, words)], env=env, **popen)
        assert done.returncode != 99, done.stderr
        return done
    return run_stage


class Conversation:
    """The program `ops`, which does one thing with a file for each word and may wait in between."""

    def __init__(self, program: subprocess.Popen) -> None:
        self.program = program

    def until_waiting(self) -> list[str]:
        lines = []
        for line in self.program.stdout:
            if line == "waiting\n":
                return lines
            lines.append(line.rstrip("\n"))
        raise AssertionError(f"ended early, having said {lines}: {self.program.stderr.read()}")

    def rest(self) -> list[str]:
        """Let it go on, to its end."""
        out, errors = self.program.communicate("\n", timeout=60)
        assert self.program.returncode == 0, errors
        return out.splitlines()


@pytest.fixture
def ops(asan: Path, spawn) -> Iterator[Callable[..., Conversation]]:
    def start(*words: object, **popen) -> Conversation:
        return Conversation(spawn([asan / "ops", *map(str, words)], text=True, errors="replace",
                                  stdin=popen.pop("stdin", subprocess.PIPE), env=SANITIZED,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen))
    yield start


@pytest.fixture
def cold() -> Callable[..., None]:
    """Makes files cold; skips where their file system cannot forget one."""
    def make(*names: str) -> None:
        try:
            page_cache.cold([Path(name) for name in names])
        except Problem as e:
            pytest.skip(str(e))
    return make


@pytest.fixture
def answers(ops):
    """What ops says, run to its end."""
    return lambda *words, **popen: ops(*words, **popen).rest()


WITHOUT_CACHESTAT = (sys.executable, Path(__file__).with_name("without_call.py"),
                     str(page_cache.SYS_CACHESTAT))


def _knows_cachestat() -> bool:
    with open(__file__, "rb") as f:
        return page_cache.cachestat(f.fileno()) is not None


def of_a_cold_file(counts: Callable[[], dict[str, int]], name: str, least: int) -> dict[str, int]:
    """
    What is counted by `counts`, which makes a file cold and does something with it. Before Linux 6.5,
    to ask where a file is starts to read it, and now and then it is there by the time it is looked
    for: so there, once more while `name` is less than `least`.
    """
    for _ in range(0 if _knows_cachestat() else 10):
        if (got := counts()).get(name, 0) >= least:
            return got
        time.sleep(0.2)
    return counts()


def counted(file: str | Path = "counters") -> Counter[str]:
    """What a program with this file as $COUNTERS has counted; a name may come twice."""
    found: Counter[str] = Counter()
    for line in Path(file).read_text().splitlines():
        name, value = line.split()
        found[name] += int(value)
    return found


def said(content: bytes) -> str:
    """How ops says these bytes."""
    return f"{len(content)} {zlib.crc32(content):08x}"


def pattern(n: int) -> bytes:
    """Bytes of which no two pages are the same."""
    return array("I", range(n // 4 + 1)).tobytes()[:n]
