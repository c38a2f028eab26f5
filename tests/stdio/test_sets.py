"""A set asks for no more descriptors than its user holds files."""
from __future__ import annotations

import resource
from pathlib import Path

import pytest

from conftest import MODES, SANITIZED

FILES = 40
DESCRIPTORS = 16


@pytest.mark.parametrize("size", [100, 1_500_000])
@pytest.mark.parametrize("mode", MODES)
def test_sixteen_descriptors_are_enough_for_any_set_whose_files_are_done_with(step, asan, run, mode,
                                                                              size):
    names = [f"file{i}" for i in range(FILES)]
    for name in names:
        Path(name).write_bytes(name.encode() * (size // len(name)))
    words = [w for i in [*range(FILES), *range(FILES)] for w in ("end", i, "done", i)]
    done = run([asan / "sets", mode, str(FILES), *names, *map(str, words)], env=SANITIZED,
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                     (DESCRIPTORS, DESCRIPTORS)))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(Path(name).stat().st_size) for name in names] * 2
