"""Start other programs so that none of them outlives us, however we end."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
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
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *map(str, cmd)],
                               start_new_session=True, **popen)
    try:
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
