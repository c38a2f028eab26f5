"""The fuzz targets: they build at every step, accept their seeds, and find nothing for a while.

`make fuzz-ext2` and `make fuzz-elf` search longer.
"""
from __future__ import annotations

import re

import pytest

import elf_files
import hosted
import seeds

RUNS = 3000


@pytest.mark.parametrize("target", ["ext2", "elf"])
def test_nothing_is_found_from_the_seeds(step, build_goal, tmp_path, run, target):
    fuzzer = build_goal(f"fuzz-{target}") / "fuzz" / target
    seeds.write(target, tmp_path / "seeds")
    done = run([fuzzer, f"-runs={RUNS}", "-max_total_time=30", "-timeout=10", "-seed=1",
                "-print_final_stats=1", tmp_path / "seeds"], timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    executed = int(re.search(r"number_of_executed_units: (\d+)", done.stderr)[1])
    assert executed > RUNS / 10, "too slow to find anything"


def test_the_seeds_are_disks_that_work(step, host_load, tmp_path):
    """A fuzzer that begins with broken disks never gets past the superblock."""
    seeds.write("ext2", tmp_path / "seeds")
    (tmp_path / "program").write_bytes(seeds.PROGRAMS["exec"])
    for name in seeds.DISKS:
        image = tmp_path / "seeds" / name
        for path in ("/program", "/dir/slow"):
            assert hosted.load(host_load, image, path).pages == \
                elf_files.expected_pages(tmp_path / "program")
        assert hosted.cat(host_load, image, "/dir/link/../sparse").out[13 * 4096:]
