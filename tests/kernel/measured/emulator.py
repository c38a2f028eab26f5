"""Run a kernel once under QEMU, and read what it says.

Everything outside the kernel that moves the result stands in Conditions and in
machine_options(): pinned here, and recorded with every golden.

Run.outsider is the disk traffic as QEMU counted it. The kernel holds still at the end
(hold=1) until it has been asked for: QEMU's debug-exit leaves no later moment.
"""
from __future__ import annotations

import json
import os
import re
import selectors
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from measure.machine import page_cache, process
from measure.problem import Problem
from kernel.measured.pages import Pages

LIMIT_SECONDS = 600  # the slowest step with the largest input on a slow machine, and some
OUTPUT_LIMIT = 64 * 2**20
LOADED, REPORTED, BUG = 33, 35, 37  # exit statuses

PAGE = re.compile(r"page ([0-9a-f]{16}) ([0-9a-f]{8}) ([r-][w-][x-])")
FIGURE = re.compile(r"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+) (\d+)")
PROGRESS = re.compile(r"loading (\d+) %")
CLOCK = "clock.hz"
CLOCK_TOLERANCE = 0.01

Progress = Callable[[int], None]  # percent


@dataclass(frozen=True)
class Conditions:
    """What a time depends on besides the kernel; a ratio is only compared under equal ones."""
    accel: str = "tcg"
    aio: str = "threads"  # QEMU's default
    cache: str = "warm"  # the image comes from the host's memory: page_cache.py

    @property
    def qemu_options(self) -> str:
        return " ".join([*machine_options(self), "-drive", self.drive])

    @property
    def drive(self) -> str:
        return f"format=raw,if=none,id=disk,readonly=on,aio={self.aio},cache=writeback"


def machine_options(conditions: Conditions) -> list[str]:
    return [
        "-M", "microvm,pic=off,rtc=off,pit=on", "-accel", conditions.accel, "-cpu", "max",
        "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
        "-global", "virtio-mmio.force-legacy=false",
        "-device", "isa-debug-exit,iobase=0x501,iosize=4",
    ]


def qemu() -> str:
    return os.environ.get("QEMU", "qemu-system-x86_64")


def command(kernel: Path, image: Path | None, words: Sequence[str], conditions: Conditions,
            memory_mib: int, qmp: Path, drive: str | None = None, more: Sequence[str] = ()
            ) -> list[str]:
    """The whole command line; `drive` replaces the way to the image (blkdebug, …)."""
    disk = []
    if image or drive:
        disk = ["-drive", drive or f"{conditions.drive},file={_quoted(image)}",
                "-device", "virtio-blk-device,drive=disk"]
    return [qemu(), *machine_options(conditions), "-m", str(memory_mib), "-serial", "stdio",
            "-qmp", f"unix:{qmp},server=on,wait=off", *disk,
            "-kernel", str(kernel.absolute()), "-append", " ".join(words), *more]


def _quoted(path: Path) -> str:
    """As QEMU wants a file name among its options."""
    return str(path.absolute()).replace(",", ",,")


def word(name: str, value: str) -> str:
    """A parameter as the kernel's command line takes it: one with blanks stands in quotes."""
    return f'{name}="{value}"' if " " in value else f"{name}={value}"


@dataclass
class Run:
    """What one run said, and how it ended."""
    exit: int | None = None  # QEMU's status; negative: the signal that ended it; None: hung
    figures: dict[str, int] = field(default_factory=dict)
    pages: Pages = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)  # the kernel's "error: " lines
    panic: str = ""
    said: list[str] = field(default_factory=list)    # all other lines
    complaint: str = ""  # QEMU's own words
    outsider: dict[str, int] | None = None  # query-blockstats of the disk

    @property
    def seconds(self) -> float:
        """Of the load; if pages were touched after it (touch=), of load and touches."""
        if "touch.ns" in self.figures:
            return (self.figures["first.ns"] + self.figures["touch.ns"]) / 1e9
        return self.figures["load.ns"] / 1e9

    @property
    def first_seconds(self) -> float:
        """From the beginning of the load to the program's first instruction."""
        return self.figures["first.ns"] / 1e9

    @property
    def counters(self) -> dict[str, int]:
        return {k: v for k, v in sorted(self.figures.items())
                if k != CLOCK and not k.endswith(".ns")}

    def doubt(self, first: Run) -> str:
        """The two did not find their clock to run at the same rate; "" when they did."""
        mine, theirs = (run.figures.get("clock.hz", 0) for run in (self, first))
        if abs(mine - theirs) <= CLOCK_TOLERANCE * theirs:
            return ""
        return f"found {mine:,} ticks in a second, the first run {theirs:,}"

    def take(self, line: str) -> None:
        """Sort one line of the serial output into where it belongs."""
        if m := PAGE.fullmatch(line):
            self.pages[int(m[1], 16)] = (int(m[2], 16), m[3])
        elif m := FIGURE.fullmatch(line):
            self.figures[m[1]] = self.figures.get(m[1], 0) + int(m[2])
        elif line.startswith("error: "):
            self.errors.append(line.removeprefix("error: "))
        elif line.startswith("panic: "):
            self.panic = self.panic or line
        else:
            self.said.append(line)

    def why_not(self) -> str:
        """Why this run is no result, in a line; "" when it is one."""
        last = f"; its last line: {self.said[-1]}" if self.said else ""
        if self.panic:
            return f"the kernel stopped. {self.panic}"
        if self.exit is None:
            return f"{self.complaint}{last}"
        if self.errors:
            return f"the kernel reported: {self.errors[0]}"
        if self.exit != LOADED:
            words = self.complaint.strip().splitlines()
            return f"QEMU ended with status {self.exit}{f': {words[-1]}' if words else last}"
        return ""

    def check(self, what: str, figure: str = "load.ns") -> Run:
        """This run, if it is a result."""
        why = self.why_not()
        if not why and figure not in self.figures:
            why = f"the kernel ended well but never said {figure}"
        if why:
            raise Problem(f"{what}: {why}")
        return self


def run(kernel: Path, image: Path | None, words: Sequence[str], conditions: Conditions,
        memory_mib: int, *, limit_seconds: float = LIMIT_SECONDS, drive: str | None = None,
        more: Sequence[str] = (), on_progress: Progress = lambda percent: None) -> Run:
    """Boot `kernel` with these parameters and stay until it ends; at the limit it is killed.

    `more` are further options of QEMU's, of which the conditions say nothing.
    """
    if image:
        page_cache.warm([image])
    result = Run()
    with tempfile.TemporaryDirectory(prefix="qemu-") as scratch, \
            tempfile.TemporaryFile("w+", errors="replace") as complaint:
        qmp = Path(scratch) / "qmp"
        cmd = command(kernel, image, [*words, "hold=1"], conditions, memory_mib, qmp, drive,
                      more)
        with process.running(cmd, cwd=scratch, stdin=process.PIPE, stdout=process.PIPE,
                             stderr=complaint) as machine:
            try:
                _listen(machine, qmp, result, time.monotonic() + limit_seconds, on_progress)
            except TimeoutError:
                result.complaint = f"no end after {limit_seconds:g} s, and was killed"
            except OverflowError:
                result.complaint = f"printed more than {OUTPUT_LIMIT >> 20} MiB, and was killed"
        complaint.seek(0)
        result.complaint = result.complaint or complaint.read()
    return result


def _listen(machine: Popen, qmp: Path, result: Run, deadline: float,
            on_progress: Progress) -> None:
    """Take what the kernel says until it has ended; then result.exit is set."""
    for line in _lines(machine, deadline):
        if line == "holding":
            result.outsider = _block_stats(qmp)
            _let_go(machine)
        elif m := PROGRESS.fullmatch(line):
            on_progress(int(m[1]))
        else:
            result.take(line)
    try:
        result.exit = machine.wait(timeout=max(0, deadline - time.monotonic()))
    except process.TimeoutExpired:
        raise TimeoutError from None


def _lines(machine: Popen, deadline: float) -> Iterator[str]:
    """The serial output line by line, as it comes. TimeoutError, or OverflowError: too much."""
    waiting, total = b"", 0
    with selectors.DefaultSelector() as ready:
        ready.register(machine.stdout, selectors.EVENT_READ)
        while True:
            if not ready.select(max(0, deadline - time.monotonic())):
                raise TimeoutError
            data = os.read(machine.stdout.fileno(), 2**16)
            total += len(data)
            if total > OUTPUT_LIMIT:
                raise OverflowError
            *whole, waiting = (waiting + data).split(b"\n")
            for line in whole if data else filter(None, [waiting]):
                yield line.decode(errors="replace").rstrip("\r")
            if not data:
                return


def _let_go(machine: Popen) -> None:
    try:
        machine.stdin.write(b"\n")
        machine.stdin.flush()
    except BrokenPipeError:
        pass  # it has gone already; its status says how


def _block_stats(qmp: Path) -> dict[str, int] | None:
    """QEMU's own count of the disk's traffic; None when it does not answer."""
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(qmp))
            with s.makefile("rw") as talk:
                talk.readline()  # the greeting
                for verb in ("qmp_capabilities", "query-blockstats"):
                    talk.write(json.dumps({"execute": verb}) + "\n")
                    talk.flush()
                    answer = {}
                    while "return" not in answer and "error" not in answer:
                        answer = json.loads(talk.readline())  # events come in between
        return next(d["stats"] for d in answer["return"] if d.get("device") == "disk")
    except (OSError, ValueError, KeyError, StopIteration):
        return None
