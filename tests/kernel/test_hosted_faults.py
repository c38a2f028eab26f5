"""Call number k fails, for k = 1, 2, 3 … until nothing is left to fail.

Under the address and leak checkers: what was taken is given back on every way out.
"""
from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

import elf_files
import hosted
from elf_files import Segment, pattern
from kernel.measured.images import Link, make_image

SEGMENTS = [Segment(0x400800, pattern(5000), memsz=9000),
            Segment(0x402c00, pattern(500), prot="rw")]  # in the page that the first ends in
FILES = {
    "whole": elf_files.make(SEGMENTS),
    "page by page": elf_files.make(SEGMENTS, size=17 << 20),  # nearly all of it a hole
}
PATH = "/link"  # too long a link to stand in its inode, so that reading it can fail, too


@pytest.fixture(scope="session", params=FILES)
def image(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    (folder / "file").write_bytes(FILES[request.param])
    make_image(folder / "image", {"/program": folder / "file",
                                  PATH: Link("./" * 40 + "program")}, block_size=4096)
    return folder / "image"


def fail_each(program, image, which: str, error: str, names: str) -> int:
    """How many calls there were to fail."""
    good = hosted.load(program, image, PATH)
    assert good.status == 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(1, 2000, 16):
            tried = range(first, first + 16)
            runs = pool.map(lambda k: hosted.load(program, image, PATH, **{which: k}), tried)
            for k, done in zip(tried, runs):
                if done.status == 0:
                    assert done.pages == good.pages
                    if not done.counters["host.failures"]:
                        return k - 1
                    continue  # the loader could do without
                assert len(done.errors) == 1, "an error is reported once, where the name is known"
                assert error in done.errors[0] and names in done.errors[0]
    raise AssertionError("after 2,000 calls there is still one to fail")


def test_every_read_that_fails_is_reported_with_its_sector(step, host_load, image):
    assert fail_each(host_load, image, "FAIL_READ", "EIO", "sector ") > 4


def test_every_piece_of_memory_that_cannot_be_had_is_reported(step, host_load, image):
    assert fail_each(host_load, image, "FAIL_ALLOC", "ENOMEM", "") >= 15


def test_every_page_that_cannot_be_changed_is_reported_with_its_address(step, host_load, image):
    assert fail_each(host_load, image, "FAIL_PROTECT", "ENOENT", "address 0x402000") >= 1
