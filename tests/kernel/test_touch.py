"""The kernel plays the program: which pages it touches, at every step."""
from __future__ import annotations

from pathlib import Path

import pytest

import elf_files
import hosted
from elf_files import PAGE, Segment, pattern
from measure import build
from kernel.measured.images import make_image

NPAGES = 333
SEGMENTS = [
    Segment(0x400123, pattern(100 * PAGE, 1), prot="r"),
    Segment(0x400123 + 100 * PAGE, pattern(90 * PAGE, 2)),  # begins in the page where that ends
    Segment(0x900000, pattern(PAGE), memsz=142 * PAGE, prot="rw"),
]


@pytest.fixture(scope="session")
def image(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("touch") / "image"
    make_image(path, {"/program": elf_files.make(SEGMENTS)})
    return path


def touched(program: Path, image: Path, percent: int, seed: int = 1) -> list[int]:
    done = hosted.load(program, image, TOUCH=percent, SEED=seed, SHOW=1)
    assert not done.errors
    return done.touched


@pytest.mark.parametrize("percent, n", [(0, 0), (1, 4), (10, 34), (50, 167), (99, 330)])
def test_a_share_of_the_pages_is_touched_none_of_them_twice(step, host_load, image, percent, n):
    pages = touched(host_load, image, percent)
    assert len(pages) == len(set(pages)) == n


def test_all_of_them_are_all_the_pages_there_are(step, host_load, image):
    done = hosted.load(host_load, image, SHOW=1)
    assert sorted(done.touched) == [int(page.split()[1], 16) for page in done.pages]
    assert len(done.touched) == len(done.pages) == NPAGES


def test_every_step_is_asked_for_the_same_pages(step, host_load, image):
    first = build.make("host", "build/100", "STEP=100", "TOP=", "WITHOUT=") / "host" / "load"
    assert touched(host_load, image, 10) == touched(first, image, 10)


def test_another_seed_touches_other_pages(step, host_load, image):
    one, other = (touched(host_load, image, 10, seed) for seed in (1, 2))
    assert set(one) != set(other)


def test_the_order_looks_like_none(step, host_load, image):
    """Neither up nor down, and where one page is touched the next is mostly elsewhere."""
    pages = touched(host_load, image, 100)
    ways = [b > a for a, b in zip(pages, pages[1:])]
    near = sum(abs(b - a) < 16 * PAGE for a, b in zip(pages, pages[1:]))
    assert 0.3 < sum(ways) / len(ways) < 0.7
    assert near < NPAGES / 4


def test_a_program_of_one_page_is_touched_there(step, host_load, tmp_path):
    make_image(tmp_path / "image", {"/program": elf_files.make([Segment(0x400fff, b"\xc3")])})
    assert touched(host_load, tmp_path / "image", 1) == [0x400000]
