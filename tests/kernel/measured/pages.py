"""What every page of a loaded program must hold, computed from its file; and a comparison."""
from __future__ import annotations

import functools
import mmap
import operator
import zlib
from pathlib import Path

from kernel.measured.programs import PAGE, Segment, load_segments, page_down, page_up

Pages = dict[int, tuple[int, str]]  # address: (CRC-32 of its bytes, "r-x")

ZEROES = bytes(PAGE)


def prot_text(prot: int) -> str:
    return "".join(letter if prot & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))


def expected_pages(elf: Path) -> Pages:
    """Every page of the program: the file's bytes, zero before, behind and in bss.

    A page in which segments meet has the bytes of each, and may be accessed as any of them may.
    Linux maps such a page once for each segment and keeps the last map: there the permissions are
    that segment's alone, so that most such programs end at their first instruction, and what lies
    between the segments are the file's bytes.
    """
    zero, sharing = zlib.crc32(ZEROES), _by_page(load_segments(elf))
    pages: Pages = {}
    with open(elf, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as file:
        with memoryview(file) as content:
            for va, segments in sharing.items():
                in_file = [s for s in segments
                           if max(va, s.address) < min(va + PAGE, s.address + s.file_size)]
                prot = functools.reduce(operator.or_, (s.prot for s in segments))
                pages[va] = _crc(content, in_file, va) if in_file else zero, prot_text(prot)
    return pages


def _by_page(segments: list[Segment]) -> dict[int, list[Segment]]:
    """Page by page, who has memory in it."""
    found: dict[int, list[Segment]] = {}
    for s in segments:
        for va in range(page_down(s.address), page_up(s.address + s.memory_size), PAGE):
            found.setdefault(va, []).append(s)
    return found


def _crc(content: memoryview, segments: list[Segment], va: int) -> int:
    """CRC-32 of the page at `va`, which has bytes of the file from each of these."""
    crc, done = 0, va
    for s in sorted(segments, key=lambda s: s.address):
        first = max(va, s.address)
        last = min(va + PAGE, s.address + s.file_size)
        at = s.offset + first - s.address
        crc = zlib.crc32(ZEROES[:first - done], crc)
        crc = zlib.crc32(content[at:at + last - first], crc)
        done = last
    return zlib.crc32(ZEROES[:va + PAGE - done], crc)


def compare(expected: Pages, got: Pages, segments: list[Segment]) -> list[str]:
    """What is wrong with the pages that were loaded, one line a page, in order of address."""
    said = []
    for va in sorted(expected.keys() | got.keys()):
        want, have = expected.get(va), got.get(va)
        if want == have:
            continue
        if have is None:
            what = "is missing"
        elif want is None:
            what = "should not be there"
        elif want[0] != have[0]:
            what = f"has other bytes: CRC-32 {have[0]:08x}, expected {want[0]:08x}"
        else:
            what = f"may be accessed as {have[1]}, expected {want[1]}"
        said.append(f"page {va:#x} ({place(segments, va)}) {what}")
    return said


def place(segments: list[Segment], va: int) -> str:
    """Where a page comes from: "segment 2, file offset 0x1000" """
    def part(number: int, s: Segment) -> str:
        if va >= s.address + s.file_size:
            return f"segment {number}, bss"
        return f"segment {number}, file offset {max(s.offset + va - s.address, s.offset):#x}"

    here = [part(number, s) for number, s in enumerate(segments)
            if page_down(s.address) <= va < page_up(s.address + s.memory_size)]
    return " and ".join(here) or "in no segment"
