"""What step 408 claims of the ring; true at every step from there on."""
from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conftest import counted

pytestmark = pytest.mark.from_step(408)
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
BATCH = 64
N = 100


def ring_here() -> bool:
    off = Path("/proc/sys/kernel/io_uring_disabled")
    return off.exists() and off.read_text().strip() == "0"


needs_ring = pytest.mark.skipif(not ring_here(), reason="io_uring is switched off here")


@pytest.fixture
def names() -> list[str]:
    for i in range(N):
        Path(f"{i}.c").write_bytes(b"int x;\n" * (i + 1))
    return [f"{i}.c" for i in range(N)]


@pytest.fixture
def tokens(plain, run):
    """Tokens of a staged set, and the counters; under strace where faults are given."""
    def count(names: list[str], *faults: str) -> tuple[str, Counter[str]]:
        strace = ["strace", "-f", "-qq", "-o", "log",
                  *(w for f in faults for w in ("-e", f"inject={f}"))] if faults else []
        done = run([*strace, plain / "stage", "bench", "tokens", "--mode", "prefetch", *names],
                   env={"COUNTERS": "counters", "PATH": "/usr/bin:/bin"})
        assert done.returncode == 0, done.stderr
        return done.stdout, counted()
    return count


ALL = f"bytes {7 * N * (N + 1) // 2} tokens {3 * N * (N + 1) // 2}\n"


@needs_ring
def test_a_batch_of_files_is_four_system_calls(step, tokens, names):
    out, got = tokens(names)
    assert out.endswith(ALL)
    assert got["sys.io_uring_enter"] == 4 * -(-N // BATCH)
    assert got["uring.requests"] == 4 * N
    assert got["sys.open"] == got["sys.read"] == got["sys.pread"] == got["sys.stat"] == 0
    assert got["set.read_ahead"] == 7 * N * (N + 1) // 2


@needs_strace
@pytest.mark.parametrize("fault", ["io_uring_setup:error=ENOSYS", "io_uring_setup:error=EPERM",
                                   "io_uring_setup:error=ENOMEM", "io_uring_enter:error=EPERM",
                                   "io_uring_enter:error=EPERM:when=2+",
                                   "io_uring_enter:error=EAGAIN:when=3+",
                                   "io_uring_enter:error=EINVAL:when=4+",
                                   "io_uring_enter:error=EINTR:when=1+2"])
def test_without_a_ring_threads_load_the_same_files(step, tokens, names, fault):
    out, got = tokens(names, fault)
    assert out.endswith(ALL)
    assert got["set.read_ahead"] == 7 * N * (N + 1) // 2


@needs_ring
def test_what_the_ring_cannot_load_is_left_to_the_threads(step, tokens, names):
    Path("large.c").write_bytes(b"int x;\n" * 200_000)
    os.symlink("5.c", "link.c")
    out, got = tokens([*names, "large.c", "link.c", "/dev/null"])
    assert f"tokens {3 * (N * (N + 1) // 2 + 200_000 + 6)}\n" in out
    assert got["uring.requests"] == (N + 3) + 3 * (N + 1)


@needs_ring
@needs_strace
@pytest.mark.parametrize("times", ["+", "+100"], ids=["for good", "once"])
def test_no_descriptor_is_left_open_when_the_ring_fails(step, asan, run, names, times):
    """At each of the four waves, of each batch."""
    for when in range(1, 9):
        done = run(["strace", "-f", "-qq", "-o", "log", "-e", "trace=io_uring_enter,close", "-e",
                    f"inject=io_uring_enter:error=EAGAIN:when={when}{times}", asan / "sets",
                    "prefetch", str(N), *names, "fds", "count", "set.read_ahead", "read", "99"],
                   env={"PATH": "/usr/bin:/bin", "ASAN_OPTIONS": "exitcode=99:detect_leaks=0"})
        assert done.returncode == 0, done.stderr
        fds, ahead, last = done.stdout.splitlines()
        assert int(fds) <= 4 and re.match(r"700 ", last)
        assert int(ahead) == 7 * N * (N + 1) // 2
        entered = [line for line in Path("log").read_text().splitlines() if "io_uring_enter(" in line]
        asked = [int(re.search(r"io_uring_enter\(\d+, (\d+)", line)[1]) for line in entered]
        assert "INJECTED" in entered[when - 1] and max(asked) <= BATCH, asked
        assert "EBADF" not in Path("log").read_text()
