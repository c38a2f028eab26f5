"""ELF files become pages: at every step, byte for byte what readelf and the file say."""
from __future__ import annotations

import re
import shutil
import struct
import sys
from pathlib import Path

import pytest

import elf_files
import hosted
from elf_files import DYN, PAGE, Segment, pattern
from kernel.measured.images import make_image

MIB, GIB = 1 << 20, 1 << 30

TEXT = Segment(0x400000, pattern(9000, 1))
SHAPES = {
    "one page": elf_files.make([Segment(0x400000, pattern(PAGE))]),
    "one byte": elf_files.make([Segment(0x400fff, b"\xc3")]),
    "two pages from one byte each": elf_files.make([Segment(0x400fff, b"\xc3\xc3")]),
    "unaligned segments and bss": elf_files.make([
        Segment(0x400123, pattern(9000, 1)),
        Segment(0x405fff, pattern(5001, 2), prot="r"),
        Segment(0x409c90, pattern(7777, 3), memsz=30000, prot="rw")]),
    "position independent": elf_files.make([
        Segment(0, pattern(5000, 1), prot="r"), Segment(0x2010, pattern(9000, 2)),
        Segment(0x5d98, pattern(600, 3), memsz=9000, prot="rw")], type=DYN, entry=0x2010),
    "position independent and linked high": elf_files.make([
        Segment(0x7000123, pattern(5000))], type=DYN),
    "two segments in one page": elf_files.make([
        Segment(0x400000, pattern(5000, 1)), Segment(0x401800, pattern(5000, 2), prot="rw")]),
    "three segments in one page": elf_files.make([
        Segment(0x400100, pattern(100, 1), prot="r"), Segment(0x400200, pattern(10, 2), prot="w"),
        Segment(0x400210, pattern(100, 3), prot="x")], entry=0x400210),
    "bss meets the next segment's page": elf_files.make([
        Segment(0x400000, pattern(100, 1), memsz=0x1800, prot="rw"),
        Segment(0x401800, pattern(100, 2))]),
    "bss from the middle of a page": elf_files.make([
        Segment(0x400000, pattern(4100), memsz=20000, prot="rw")]),
    "bss from the start of a page": elf_files.make([
        Segment(0x400000, pattern(2 * PAGE), memsz=5 * PAGE, prot="rw")]),
    "nothing but bss": elf_files.make([TEXT, Segment(0x500010, b"", memsz=50000, prot="rw")]),
    "a gap of pages": elf_files.make([TEXT, Segment(0x800000, pattern(9000, 2), prot="rw")]),
    "an empty segment": elf_files.make([TEXT, Segment(0x405000), Segment(0x406000, pattern(9))]),
    "no permissions": elf_files.make([TEXT, Segment(0x405000, pattern(9), prot="")]),
    "at the end of the address space": elf_files.make([Segment((1 << 47) - PAGE, pattern(PAGE))]),
    "position independent, and aligned to 2 MiB": elf_files.make([
        Segment(0, pattern(5000), align=2 * MIB),
        Segment(2 * MIB, pattern(9000, 2), prot="rw", align=16 * PAGE)], type=DYN),
    "position independent, with alignments that are none": elf_files.make([
        Segment(0, pattern(5000), align=0),
        Segment(0x5000, pattern(9000, 2), prot="rw", align=3 * PAGE)], type=DYN),
    "bss alone, at an offset beyond the file": elf_files.make([
        Segment(0x400000, pattern(5000)),
        Segment(0x500010, b"", offset=1 << 40, memsz=9000, prot="rw"),
        Segment(0x600010, b"", offset=2**64 - 16, memsz=300_000, prot="rw")]),
    "file offsets that do not fit the addresses": elf_files.make([
        Segment(0x400100, pattern(9000, 1), offset=0x477),
        Segment(0x405000, pattern(9000, 2), offset=0x3001, prot="rw")]),
    "two segments from the same bytes": elf_files.make([
        Segment(0x400000, pattern(9000), offset=0x1000),
        Segment(0x500000, pattern(9000), offset=0x1000, prot="rw")]),
    "program headers at the end of the file": elf_files.make([TEXT], phoff=20000),
    "zeroes that the disk does not store": elf_files.make([
        Segment(0x400000, pattern(3000) + bytes(70000) + pattern(3000))]),
    "16 segments": elf_files.make([Segment(0x400000 + i * 5000, pattern(4000, i + 1))
                                   for i in range(16)]),
}


def compare(program: Path, image: Path, file: Path) -> None:
    done = hosted.load(program, image)
    assert not done.errors
    want = elf_files.expected_pages(file)
    wrong = [(g, w) for g, w in zip(done.pages, want) if g != w]
    assert not wrong, f"{len(wrong)} pages differ; the first is {wrong[0][0]!r}, not {wrong[0][1]!r}"
    assert len(done.pages) == len(want)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_page_is_what_the_file_says(step, host_load, tmp_path, shape):
    (tmp_path / "file").write_bytes(SHAPES[shape])
    make_image(tmp_path / "image", {"/program": SHAPES[shape]})
    compare(host_load, tmp_path / "image", tmp_path / "file")


@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
@pytest.mark.parametrize("size", [16 * MIB, 16 * MIB + 1], ids=["16 MiB", "a byte more"])
def test_the_size_limit_of_whole_reads_does_not_show(step, host_load, tmp_path, block_size, size):
    """Runs of zero blocks in it are holes on the disk."""
    data = b"".join(pattern(70001, i) + bytes(60001) for i in range(4))
    (tmp_path / "file").write_bytes(elf_files.make([
        Segment(0x400123, data), Segment(0x800777, data, memsz=len(data) + 99999, prot="rw",
                                         offset=size - len(data))], size=size))
    make_image(tmp_path / "image", {"/program": tmp_path / "file"}, block_size=block_size)
    compare(host_load, tmp_path / "image", tmp_path / "file")


FAR = [Segment(0x400123, pattern(9000, 1), offset=4 * GIB - 4321),
       Segment(0x500000, pattern(5000, 2) + bytes(9000) + pattern(5000, 3), offset=5 * GIB,
               memsz=90000, prot="rw")]


def check_far(program: Path, folder: Path, **image: object) -> None:
    file = elf_files.write_sparse(folder / "file", FAR, size=6 * GIB, phoff=5 * GIB + 123456)
    make_image(folder / "image", {"/program": file}, size_mib=8, **image)
    compare(program, folder / "image", file)


@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
def test_segments_beyond_4_gib_of_the_file_load(step, host_load, tmp_path, block_size):
    """The first one lies across that border, the second has a hole in it."""
    check_far(host_load, tmp_path, block_size=block_size)


@pytest.mark.from_step(110)
@pytest.mark.parametrize("block_size", [1024, 4096])
def test_so_they_do_from_extents(step, host_load, tmp_path, block_size):
    check_far(host_load, tmp_path, block_size=block_size, type="ext4")


@pytest.mark.parametrize("name", ["ls", "python3", "libc.so.6"])
def test_real_programs_load(step, host_load, tmp_path, name):
    mapped = Path("/proc/self/maps").read_text().split()
    file = {"ls": Path(shutil.which("ls")), "python3": Path(sys.executable),
            "libc.so.6": Path(next(p for p in mapped if p.endswith("libc.so.6")))}[name].resolve()
    make_image(tmp_path / "image", {"/program": file})
    compare(host_load, tmp_path / "image", file)


# --- what is refused -------------------------------------------------------------------------


def patched(offset: int, format: str, value: int, file: bytes = SHAPES["a gap of pages"]) -> bytes:
    file = bytearray(file)
    struct.pack_into("<" + format, file, offset, value)
    return bytes(file)


PH = 64           # where the first program header begins …
PH2 = PH + 56     # … and the second
P_OFFSET, P_VADDR, P_FILESZ, P_MEMSZ = 8, 16, 32, 40

REFUSED = {
    "empty": (b"", "shorter than an ELF header"),
    "63 bytes": (SHAPES["one page"][:63], "byte 63: shorter than an ELF header"),
    "a script": (b"#!/bin/sh\n" * 10, "not an ELF file"),
    "32 bits": (patched(4, "B", 1), "not a 64-bit"),
    "big-endian": (patched(5, "B", 2), "not little-endian"),
    "relocatable": (patched(16, "H", 1), "neither a program nor"),
    "aarch64": (patched(18, "H", 183), "not for x86-64"),
    "header size": (patched(54, "H", 32), "not 56 bytes"),
    "no headers": (patched(56, "H", 0), "no program headers"),
    "65 headers": (patched(56, "H", 65), "more than 64 program headers"),
    "headers outside": (patched(32, "Q", 1 << 40), "headers are outside the file"),
    "headers wrap": (patched(32, "Q", 2**64 - 56), "headers are outside the file"),
    "segment outside": (patched(PH + P_OFFSET, "Q", 1 << 40), "byte 72: a segment is outside"),
    "segment wraps in the file": (patched(PH + P_OFFSET, "Q", 2**64 - 1), "a segment is outside"),
    "cut short": (SHAPES["a gap of pages"][:12000], "a segment is outside the file"),
    "more file than memory": (patched(PH + P_MEMSZ, "Q", 8999), "more bytes in the file"),
    "address wraps": (patched(PH2 + P_VADDR, "Q", 2**64 - 1), "beyond the program's half"),
    "memory wraps": (patched(PH2 + P_MEMSZ, "Q", 2**64 - 1), "beyond the program's half"),
    "kernel addresses": (patched(PH2 + P_VADDR, "Q", 0xffffffff80000000), "beyond the program's"),
    "overlap": (patched(PH + P_MEMSZ, "Q", 0x800000), "byte 136: a segment overlaps"),
    "order": (patched(PH2 + P_VADDR, "Q", 0x1000), "not in rising order"),
    "nothing to load": (patched(PH, "I", 6, SHAPES["one page"]), "nothing to load"),
    "entry": (patched(24, "Q", 0x700000), "entry point is in no segment"),
    "17 segments": (elf_files.make([Segment(0x400000 + i * 5000, pattern(40, i + 1))
                                    for i in range(17)]), "more than 16 segments"),
    "page zero": (elf_files.make([Segment(0x800, pattern(9000))]), "cannot be mapped"),
    "position independent beyond the end": (
        elf_files.make([Segment((1 << 47) - PAGE, pattern(9))], type=DYN), "too high to begin"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_program_is_refused_with_its_reason(step, host_load, tmp_path, what):
    file, reason = REFUSED[what]
    make_image(tmp_path / "image", {"/program": file})
    done = hosted.load(host_load, tmp_path / "image")
    assert done.status == 1 and len(done.errors) == 1
    assert "/program" in done.errors[0] and reason in done.errors[0]


def test_a_program_larger_than_memory_is_told_what_it_needs(step, host_load, tmp_path):
    make_image(tmp_path / "image", {"/program": elf_files.make([
        Segment(0x400000, pattern(9), memsz=100 * MIB, prot="rw")])})
    done = hosted.load(host_load, tmp_path / "image", MEMORY_MIB=20)
    assert done.status == 1
    assert "needs 101 MiB of memory, " in done.errors[0]  # with the tables for so many pages
    assert done.counters == {}  # nothing was loaded first


def needed_mib(message: str) -> int:
    return int(re.search(r"needs (\d+) MiB of memory, ", message)[1])


def test_a_program_of_many_terabytes_is_refused_at_once(step, host_load, tmp_path):
    make_image(tmp_path / "image", {"/program": elf_files.make([
        Segment(0x400000, pattern(9), memsz=(1 << 47) - 0x400000, prot="rw")])})
    done = hosted.load(host_load, tmp_path / "image", timeout=5)
    pages, tables = 134217724, 262656.8  # of 4 KiB each; 2 MiB, 1 GiB, 512 GiB for a table
    assert 0 < needed_mib(done.errors[0]) - (pages + tables) < 2


def test_readable_is_what_x86_can_map(step, host_load, tmp_path):
    """A segment without PF_R is readable all the same: the page tables have no bit for it."""
    make_image(tmp_path / "image", {"/program": elf_files.make([Segment(0x400000, pattern(9),
                                                                        prot="x")])})
    assert hosted.load(host_load, tmp_path / "image").pages[0].endswith(" r-x")
