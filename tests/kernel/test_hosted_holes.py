"""Data or hole, block by block, in every pattern around the places where the block map changes.

Each pattern is a program of its own, almost all of it a hole, whose two segments lie across
the five blocks in question: one begins and ends within blocks, the other also lies in the file
as it does not lie in memory. They are read through whatever way the step loads a program, and
once more as a file.
"""
from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

import hosted
import layout
from elf_files import Segment, pages_of, pattern, pieces
from kernel.measured.images import make_image

PATTERNS = ["".join(p) for p in product("x.", repeat=5)]  # a block each: data, or hole
BEFORE = 2           # of the five lie before the boundary
MEMORY_MIB = 16      # files that are shorter are read in one piece where a step does that
FORMATS = {"1 KiB": {"block_size": 1024}, "2 KiB": {"block_size": 2048},
           "4 KiB": {"block_size": 4096}}
EXTENTS = {"extents of 1 KiB": {"block_size": 1024, "type": "ext4"},
           "extents of 4 KiB": {"block_size": 4096, "type": "ext4"}}


def boundaries(fan_out: int) -> list[int]:
    """The first block below each indirect block that is the first, or the second, of its kind."""
    single, double = 12 + fan_out, 12 + fan_out + fan_out**2
    return [12, single, single + fan_out, double, double + fan_out, double + fan_out**2]


@dataclass(frozen=True)
class Program:
    """Its bytes from `start` on are `window`; everywhere else it is a hole."""
    start: int
    window: bytes

    @property
    def segments(self) -> list[Segment]:
        def slice_at(vaddr: int, skip: int, n: int) -> Segment:
            return Segment(vaddr, self.window[skip:skip + n], offset=self.start + skip)

        middle = len(self.window) // 2
        straight = slice_at((1 << 40) + (self.start + 77) % 4096, 77, len(self.window) - 177)
        return [slice_at(0x400123, 513, middle), straight]

    def write(self, path: Path) -> Path:
        with open(path, "wb") as f:
            for offset, data in [*pieces(self.segments), (self.start, self.window)]:
                f.seek(offset)
                f.write(data)
        return path


def programs(block_size: int) -> dict[str, Program]:
    """By path: every pattern at every boundary."""
    found = {}
    for boundary, pattern_ in product(boundaries(block_size // 4), PATTERNS):
        first = boundary - BEFORE - 1  # a hole stands before the five, and one behind them
        blocks = [pattern(block_size, first + i) if c == "x" else bytes(block_size)
                  for i, c in enumerate(f".{pattern_}.")]
        found[f"/{boundary}/{pattern_}"] = Program(first * block_size, b"".join(blocks))
    return found


class Disk:
    def __init__(self, folder: Path, options: dict) -> None:
        self.image, self.block_size = folder / "image", options["block_size"]
        self.programs = programs(self.block_size)
        files = {path: program.write(folder / path.replace("/", "_"))
                 for path, program in self.programs.items()}
        make_image(self.image, files, size_mib=32, **options)
        for file in files.values():
            file.unlink()


@pytest.fixture(scope="session", params=FORMATS)
def disk(request, tmp_path_factory) -> Disk:
    return Disk(tmp_path_factory.mktemp("holes"), FORMATS[request.param])


@pytest.fixture(scope="session", params=EXTENTS)
def disk_of_extents(request, tmp_path_factory) -> Disk:
    return Disk(tmp_path_factory.mktemp("holes"), EXTENTS[request.param])


def check_loads(program: Path, disk: Disk) -> None:
    done = hosted.load(program, disk.image, *disk.programs, MEMORY_MIB=MEMORY_MIB)
    assert not done.errors
    got: dict[str, list[str]] = {}
    for line in done.lines:
        if line.startswith("/"):
            pages = got.setdefault(line.partition(": ")[0], [])
        elif line.startswith("page "):
            pages.append(line)
    assert got.keys() == disk.programs.keys()
    wrong = [path for path, p in disk.programs.items() if got[path] != pages_of(p.segments)]
    assert not wrong, f"{len(wrong)} of {len(got)} have wrong pages: {wrong[:10]}"


def check_reads(program: Path, disk: Disk) -> None:
    """The window of each file, and its first four blocks without their last byte."""
    asked = [word for path, p in disk.programs.items()
             for word in (path, p.start, len(p.window), p.start, 4 * disk.block_size - 1)]
    done = hosted.run(program, "--cat", disk.image, *asked)
    assert not done.errors
    at = 0
    for path, p in disk.programs.items():
        wanted = p.window + p.window[:4 * disk.block_size - 1]
        assert done.out[at:at + len(wanted)] == wanted, path
        at += len(wanted)
    assert at == len(done.out)


def test_a_program_with_any_pattern_of_holes_loads(step, host_load, disk):
    check_loads(host_load, disk)


def test_a_file_with_any_pattern_of_holes_reads(step, host_load, disk):
    check_reads(host_load, disk)


@pytest.mark.from_step(110)
def test_holes_between_extents_load_and_read(step, host_load, disk_of_extents):
    check_loads(host_load, disk_of_extents)
    check_reads(host_load, disk_of_extents)


def test_the_holes_are_where_the_patterns_say(disk):
    """Else the tests above would show nothing."""
    for boundary in boundaries(disk.block_size // 4):
        for pattern_ in ("x.x.x", ".x...", "....."):
            stored = {block for run in layout.runs(disk.image, f"/{boundary}/{pattern_}")
                      for block in run}
            assert stored - {0} == {boundary - BEFORE + i for i, c in enumerate(pattern_) if c == "x"}
