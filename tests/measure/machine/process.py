"""Start other programs so that none of them outlives us, however we end."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, TimeoutExpired

from measure.problem import Problem


@contextmanager
def running(cmd: Sequence[str | Path], **popen) -> Iterator[subprocess.Popen]:
    """A program in a process group of its own; at the end of the block the group is gone.

    If we are killed ourselves the kernel kills the program: setpriv asks for that.
    """
    name = str(cmd[0])
    if not shutil.which(name):
        raise Problem(f"{name} is not installed; `make setup` installs what is missing")
    release = _hold_interrupts()
    try:
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *map(str, cmd)],
                                   start_new_session=True, **popen)
    except BaseException:
        release()
        raise
    try:
        release()
        yield process
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass


def _hold_interrupts() -> Callable[[], None]:
    """SIGINT and SIGTERM wait until the returned function is called.

    A program runs before Popen() returns: an interrupt in between would leave it without
    anybody who knows that it must be killed.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        return lambda: None  # only the main thread is interrupted
    # One that is ignored stays so: the program inherits that.
    held = {number: handler for number in (signal.SIGINT, signal.SIGTERM)
            if callable(handler := signal.getsignal(number))}
    for number in held:
        signal.signal(number, lambda number, frame: came.append(number))

    def release() -> None:
        for number, handler in held.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)

    return release


def run(cmd: Sequence[str | Path], *, limit_seconds: float = 600, **popen
        ) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said."""
    with running(cmd, text=True, errors="replace", stdin=subprocess.DEVNULL,
                 stdout=PIPE, stderr=PIPE, **popen) as process:
        try:
            out, err = process.communicate(timeout=limit_seconds)
        except TimeoutExpired:
            raise Problem(f"{cmd[0]} did not end within {limit_seconds:g} s") from None
    return subprocess.CompletedProcess(cmd, process.returncode, out, err)
