"""What steps 106 to 108 claim, as exact relations between counts, the file and its disk.

Two programs lie on each disk: one of more than 16 MiB, with holes, whose length is no multiple of
anything, and the same with three more MiB of file behind its last segment.
"""
from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import elf_files
import hosted
import layout
from elf_files import Segment, pattern
from kernel.measured import emulator, machine, programs
from kernel.measured.emulator import Run
from kernel.measured.images import make_image
from kernel.measured.pages import compare, expected_pages
from kernel.measured.programs import PAGE, elf_from_seed, load_segments
from of_steps import at

MIB = 1 << 20
SIZE = 17 * MIB + 1234
LONGER = SIZE + 3 * MIB
LIMIT = 128 * MIB  # of files that are read in one piece
HEAP_HEAD = 16     # bytes before every piece of the heap
SUPERBLOCK = 1024  # bytes, read when the file system is mounted

Counters = dict[str, int]
Boot = Callable[..., Run]


# --- the disks, and a run on each ---------------------------------------------------------------


class Disk:
    def __init__(self, folder: Path, block_size: int) -> None:
        self.image, self.block_size = folder / "image", block_size
        self.program, self.longer = folder / "program", folder / "longer"
        elf_from_seed(self.program, SIZE, seed=106)
        self.longer.write_bytes(self.program.read_bytes() + bytes(LONGER - SIZE))
        make_image(self.image, {"/program": self.program, "/longer": self.longer},
                   block_size=block_size)
        self.segments = load_segments(self.program)
        self.runs = layout.runs(self.image, "/program")
        self.nmetadata = (len(layout.blocks_on_the_way(self.image, "/program"))
                          - sum(map(len, self.runs)))

    @property
    def last_piece(self) -> int:
        """Bytes of the file in its last block, which they do not fill."""
        return SIZE % self.block_size

    def stored(self, offset: int, n: int) -> int:
        """How many of these bytes of the file have blocks; the others are holes."""
        return sum(max(0, min(offset + n, run.stop * self.block_size)
                       - max(offset, run.start * self.block_size)) for run in self.runs)


@pytest.fixture(scope="session", params=[1024, 4096], ids="{} byte blocks".format)
def disk(request, tmp_path_factory) -> Disk:
    return Disk(tmp_path_factory.mktemp("disk"), request.param)


@pytest.fixture(scope="session")
def boot(kernel_elf: Path) -> Boot:
    def run(image: Path, path: str = "/program", memory_mib: int = 96) -> Run:
        done = emulator.run(kernel_elf, image, [f"load={path}", "verify=1"],
                          machine.golden_conditions(), memory_mib, limit_seconds=120)
        return done.check(f"{path} with {memory_mib} MiB")
    return run


@pytest.fixture(scope="session")
def run(boot: Boot, disk: Disk) -> Run:
    return boot(disk.image)


@pytest.fixture(scope="session")
def counted(run: Run) -> Counters:
    return run.counters


@pytest.fixture(scope="session")
def longer(boot: Boot, disk: Disk) -> Counters:
    """The same program, counted, in the longer file."""
    return boot(disk.image, "/longer").counters


def check_pages(run: Run, file: Path) -> None:
    """Also where segments meet in a page, which measure.pages has no need to know."""
    got = [f"page {va:016x} {crc:08x} {prot}" for va, (crc, prot) in sorted(run.pages.items())]
    assert got == elf_files.expected_pages(file)


@pytest.mark.from_step(106)
def test_a_large_program_with_holes_loads_right(step, run, disk):
    wrong = compare(expected_pages(disk.program), run.pages, disk.segments)
    assert not wrong, "\n".join(wrong[:10])


# --- 106: the whole file ------------------------------------------------------------------------


@at(106, 107)
def test_the_loader_asks_for_no_piece_of_the_file(step, counted):
    assert counted["elf.read_at"] == 0


@at(106, 107)
def test_the_file_takes_its_own_length_of_memory(step, counted, longer):
    pages = [programs.page_up(size + HEAP_HEAD) // PAGE for size in (SIZE, LONGER)]
    assert longer["page.peak"] - counted["page.peak"] == pages[1] - pages[0]


@at(106, 107)
def test_without_room_for_file_and_pages_the_file_gives_way(step, boot, disk):
    """17 MiB of file fit into 24, and 19 MiB of pages do: one after the other."""
    run = boot(disk.image, memory_mib=24)
    assert run.counters["elf.read_at"] > 0
    assert not compare(expected_pages(disk.program), run.pages, disk.segments)


@at(106, 107)
def test_a_file_larger_than_memory_is_read_in_pieces(step, boot, tmp_path):
    (tmp_path / "file").write_bytes(elf_files.make([
        Segment(0x400123, pattern(3 * MIB), memsz=4 * MIB, prot="rw")], size=40 * MIB))
    make_image(tmp_path / "image", {"/program": tmp_path / "file"}, block_size=4096)
    run = boot(tmp_path / "image", memory_mib=24)
    assert run.counters["elf.read_at"] > 0
    check_pages(run, tmp_path / "file")


@at(106, 107)
@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1], ids=["128 MiB", "a byte more"])
def test_files_up_to_128_mib_are_read_whole(step, host_load, tmp_path, size):
    with open(tmp_path / "file", "wb") as f:
        f.write(elf_files.make([Segment(0x400123, pattern(70001))]))
        f.truncate(size)
    make_image(tmp_path / "image", {"/program": tmp_path / "file"}, block_size=4096, size_mib=8)
    done = hosted.load(host_load, tmp_path / "image", MEMORY_MIB=512)
    assert (done.counters["elf.read_at"] == 0) == (size <= LIMIT)
    assert done.pages == elf_files.expected_pages(tmp_path / "file")


# --- 107: runs ----------------------------------------------------------------------------------


@at(107, 108)
def test_a_request_is_a_run_or_a_block_for_the_cache(step, counted):
    of_mounting = 1  # the superblock
    assert counted["virtio.requests"] == (
        counted["ext2.runs"] + counted["cache.misses"] + of_mounting)


@at(107)
def test_blocks_that_follow_each_other_are_one_request(step, counted, disk):
    whole = [run for run in disk.runs if (run.start + 1) * disk.block_size <= SIZE]
    assert counted["ext2.runs"] == len(whole)


@at(107)
def test_data_goes_around_the_cache_and_metadata_into_it(step, counted, disk):
    partial = 1  # the last block of the file, which goes the old way
    assert counted["cache.misses"] == disk.nmetadata + partial


@at(107)
def test_the_file_is_copied_once_and_only_from_memory_to_memory(step, counted, disk):
    assert counted["copy.bytes"] == (
        SUPERBLOCK + disk.block_size * counted["cache.misses"] + disk.last_piece
        + of_headers(disk) + sum(s.file_size for s in disk.segments))


def of_headers(disk: Disk) -> int:
    return programs.HEADER.size + programs.SEGMENT.size * len(disk.segments)


@pytest.mark.from_step(107)
@pytest.mark.parametrize("block_size", [1024, 4096])
def test_a_file_in_many_fragments_loads_right(step, host_load, tmp_path, block_size):
    """It is written into the gaps that deleted files have left: one to seven blocks each."""
    image, file = tmp_path / "image", tmp_path / "file"
    file.write_bytes(elf_files.make([
        Segment(0x400345, pattern(300 * block_size, 1)),
        Segment(0x900777, pattern(90 * block_size, 2), memsz=99 * block_size, prot="rw")],
        size=17 * MIB))
    fillers = {f"/filler{i}": pattern((1 + i % 7) * block_size) for i in range(400)}
    make_image(image, fillers, block_size=block_size, size_mib=32)
    commands = [*(f"rm filler{i}" for i in range(0, 400, 2)), f"write {file} program"]
    subprocess.run(["debugfs", "-w", "-f", "-", image], input="\n".join(commands), text=True,
                   capture_output=True, check=True)
    assert len(layout.runs(image, "/program")) > 80, "the test is pointless without fragments"
    assert hosted.load(host_load, image).pages == elf_files.expected_pages(file)


# --- 108: zero-copy -----------------------------------------------------------------------------


def through_the_cache(disk: Disk, offset: int, n: int) -> int:
    """How many of a segment's bytes share a block with what is not the segment's."""
    first = -(-offset // disk.block_size) * disk.block_size
    last = (offset + n) // disk.block_size * disk.block_size
    return disk.stored(offset, first - offset) + disk.stored(last, offset + n - last)


@at(108)
def test_no_page_is_copied_only_the_ends_of_segments_are(step, counted, disk):
    ends = sum(through_the_cache(disk, s.offset, s.file_size) for s in disk.segments)
    assert counted["copy.bytes"] == (
        SUPERBLOCK + disk.block_size * counted["cache.misses"] + of_headers(disk) + ends)


@at(108)
def test_only_what_the_file_does_not_fill_is_zeroed(step, counted, run, disk):
    filled = sum(disk.stored(s.offset, s.file_size) for s in disk.segments)
    assert counted["zero.bytes"] == len(run.pages) * PAGE - filled


@pytest.mark.from_step(108)
def test_memory_in_use_does_not_depend_on_the_length_of_the_file(step, counted, longer):
    assert counted["page.peak"] == longer["page.peak"]


# --- segments that do not lie as the disk does --------------------------------------------------

SKEWS = [1, 512, 513, 1000, 2048, 4095]  # bytes between an address and its offset, modulo a page


def skewed(skew: int, size: int = 300_000) -> bytes:
    """Two segments, the first with a hole in it, that begin and end anywhere."""
    first = pattern(size // 2) + bytes(20_000) + pattern(size // 2)
    return elf_files.make([
        Segment(0x400123, first, offset=0x1123 + skew),
        Segment(0x10000777, pattern(size, 2), memsz=size + 9999, prot="rw",
                offset=(0x2777 + skew + len(first) + PAGE) // PAGE * PAGE + 0x777 + skew)],
        size=17 * MIB)


@pytest.mark.from_step(106)
@pytest.mark.parametrize("longest_run", [1, 3, 1000])
@pytest.mark.parametrize("block_size", [1024, 4096])
@pytest.mark.parametrize("skew", SKEWS)
def test_a_segment_may_lie_in_the_file_as_it_likes_and_memory_in_pieces(
        step, host_load, tmp_path, block_size, skew, longest_run):
    (tmp_path / "file").write_bytes(skewed(skew))
    make_image(tmp_path / "image", {"/program": tmp_path / "file"}, block_size=block_size)
    done = hosted.load(host_load, tmp_path / "image", LONGEST_RUN=longest_run)
    assert done.pages == elf_files.expected_pages(tmp_path / "file")


@pytest.mark.from_step(106)
def test_the_device_may_write_to_odd_addresses(step, boot, tmp_path):
    (tmp_path / "file").write_bytes(skewed(513, size=6 * MIB))
    make_image(tmp_path / "image", {"/program": tmp_path / "file"}, block_size=4096)
    run = boot(tmp_path / "image")
    check_pages(run, tmp_path / "file")
    if 108 <= step.number < 111:
        assert run.counters["copy.bytes"] < MIB, "of 12: only where memory is in pieces"
    elif step.number >= 111:
        assert run.counters["copy.bytes"] < 3 * MIB, "of 12: 2 blocks of each 17, and metadata"


@pytest.mark.from_step(106)
def test_segments_that_meet_in_a_page_leave_each_other_alone(step, boot, tmp_path):
    (tmp_path / "file").write_bytes(elf_files.make([
        Segment(0x400000, pattern(9000, 1), prot="r"),
        Segment(0x402400, pattern(9000, 2), memsz=0x2c00, prot="rw"),
        Segment(0x405010, pattern(70000, 3))], entry=0x405010, size=17 * MIB))
    make_image(tmp_path / "image", {"/program": tmp_path / "file"}, block_size=4096)
    check_pages(boot(tmp_path / "image"), tmp_path / "file")
