"""What a step says that it asked of the kernel is what strace saw, case by case."""
from __future__ import annotations

import random
from pathlib import Path

import pytest

from measure.machine import outsider, page_cache
from measure.machine.outsider import Books
from measure.problem import Problem

CASES = {
    "read": ("read", "{file}"),
    "read in place": ("read", "{file}", "--view"),
    "at random": ("random", "{file}", "--reads", "20", "--size", "4096", "--seed", "1"),
    "again": ("again", "{file}", "--times", "3"),
    "many": ("many", "--list", "{list}"),
    "together": ("many", "--list", "{list}", "--set"),
    "tokens": ("tokens", "--list", "{list}"),
    "copy": ("copy", "{file}", "copy"),
}


@pytest.fixture(scope="session")
def stage(build_goal) -> Path:
    return build_goal("stage") / "stage"


@pytest.fixture
def books(stage: Path, tmp_path: Path):
    """Both books of a case over files of this many bytes."""
    def run(case: tuple[str, ...], mode: str, size: int, cache: str = "warm") -> Books:
        where = {"{file}": f"{size}.bin", "{list}": f"{size}.list"}
        names = [f"{size}.bin", *(f"{size}-{n}.bin" for n in range(2 if size == 1 else 12))]
        for name in names:
            (tmp_path / name).write_bytes(random.Random(name).randbytes(size))
        (tmp_path / where["{list}"]).write_text("".join(f"{n}\n" for n in names))
        (tmp_path / "copy").unlink(missing_ok=True)
        page_cache.READY[cache]([tmp_path / name for name in names])
        options = () if case[0] == "copy" else ("--mode", mode)
        return outsider.traced([stage, "bench", *(where.get(w, w) for w in case), *options],
                               tmp_path)
    return run


@pytest.mark.parametrize("mode", ["none", "mmap", "prefetch", "adaptive"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_system_call_is_counted_and_none_is_made_up(books, case, mode) -> None:
    if case[0] == "copy" and mode != "none":
        pytest.skip("a copy has no mode")
    work, baseline = books(case, mode, 100_000), books(case, mode, 1)
    assert outsider.disagreements(work, baseline) == []
    assert sum(work.own.values()) > 0


@pytest.mark.parametrize("mode", ["none", "mmap", "prefetch", "adaptive"])
@pytest.mark.parametrize("case", ["read in place", "at random"])
def test_what_is_asked_about_a_large_cold_file_is_counted_as_well(books, case, mode) -> None:
    try:
        work = books(CASES[case], mode, 1_000_000, "cold")
    except Problem as e:
        if "cannot be made cold" in str(e):
            pytest.skip(str(e))
        raise
    assert outsider.disagreements(work, books(CASES[case], mode, 1)) == []
    assert sum(work.own.values()) > 0
