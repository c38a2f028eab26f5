"""Every header stands alone: it includes what it uses, and may be included twice."""
from __future__ import annotations

from pathlib import Path

import pytest

from toolchain import COMPILERS, must_compile
from measure import steps

SRC = steps.ROOT / "src"
HEADERS = [str(p.relative_to(SRC)) for p in sorted(SRC.rglob("*.h"))]
BARE_ONLY = ("kernel/machine/", "kernel/include/", "kernel/floor/", "kernel/trace/")
BARE = [h for h in HEADERS if h.startswith(("core/", "kernel/"))]
HOSTED = [h for h in HEADERS if not h.startswith(BARE_ONLY)]


def check_alone(header: str, goal: str, cc: str, folder: Path) -> None:
    source = folder / "alone.c"
    source.write_text(f'#include "{header}"\n' * 2)
    must_compile(goal, cc, "-fsyntax-only", source)


@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("header", BARE)
def test_a_header_compiles_alone_for_the_kernel(header: str, cc: str, tmp_path: Path) -> None:
    check_alone(header, "kernel", cc, tmp_path)


@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("header", HOSTED)
def test_a_header_compiles_alone_in_a_hosted_program(header: str, cc: str, tmp_path: Path) -> None:
    check_alone(header, "host", cc, tmp_path)
