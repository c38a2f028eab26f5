"""The fuzz targets: they build at every step, accept their seeds, and find nothing for a while.

`make fuzz-ext2` and `make fuzz-elf` search longer.
"""
from __future__ import annotations

import re

import pytest

import elf_files
import hosted
import layout
import seeds
from same_program import of_goal

RUNS = 3000


@pytest.fixture
@of_goal("fuzz-ext2", "fuzz-elf")
def fuzzer(build_goal, target):
    return build_goal(f"fuzz-{target}") / "fuzz" / target


@pytest.mark.parametrize("target", ["ext2", "elf"])
def test_nothing_is_found_from_the_seeds(step, fuzzer, tmp_path, search, target):
    seeds.write(target, tmp_path / "seeds")
    done = search(fuzzer, RUNS, tmp_path / "seeds")
    assert done.returncode == 0, done.stderr[-4000:]
    executed = int(re.search(r"number_of_executed_units: (\d+)", done.stderr)[1])
    assert executed > RUNS / 10, "too slow to find anything"


def check_works(program, folder, name: str) -> None:
    image = folder / "seeds" / name
    (folder / "program").write_bytes(seeds.PROGRAMS["exec"])
    for path in ("/program", "/dir/slow"):
        assert hosted.load(program, image, path).pages == \
            elf_files.expected_pages(folder / "program")
    assert hosted.cat(program, image, "/dir/link/../sparse").out[13 * 4096:]


def test_the_seeds_are_disks_that_work(step, host_load, tmp_path):
    """A fuzzer that begins with broken disks never gets past the superblock."""
    seeds.write("ext2", tmp_path / "seeds")
    for name in seeds.DISKS:
        check_works(host_load, tmp_path, name)


@pytest.mark.from_step(110)
def test_among_the_seeds_are_trees_of_every_depth(step, host_load, tmp_path):
    seeds.write("ext2", tmp_path / "seeds")
    for name, (_, depth) in seeds.TREES.items():
        check_works(host_load, tmp_path, name)
        for path in seeds.WITH_TREES:
            assert layout.tree(tmp_path / "seeds" / name, path)[0] == depth
        assert "Uninit" in layout.debugfs(tmp_path / "seeds" / name, "dump_extents /sparse")
