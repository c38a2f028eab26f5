"""What every page of a loaded program must hold, computed from its file; and a comparison."""
from __future__ import annotations

import mmap
import zlib
from pathlib import Path

from kernel.measured.programs import PAGE, Segment, load_segments, page_down, page_up

Pages = dict[int, tuple[int, str]]  # address: (CRC-32 of its bytes, "r-x")

ZEROES = bytes(PAGE)


def prot_text(prot: int) -> str:
    return "".join(letter if prot & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))


def expected_pages(elf: Path) -> Pages:
    """Every page of the program: the file's bytes, zero before, behind and in bss."""
    zero = zlib.crc32(ZEROES)
    pages: Pages = {}
    with open(elf, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as file:
        with memoryview(file) as content:
            for s in load_segments(elf):
                prot = prot_text(s.prot)
                for va in range(page_down(s.address), page_up(s.address + s.memory_size), PAGE):
                    in_file = va < s.address + s.file_size
                    pages[va] = (_crc(content, s, va) if in_file else zero, prot)
    return pages


def _crc(content: memoryview, s: Segment, va: int) -> int:
    """CRC-32 of the page at `va`, which has bytes of the file."""
    first = max(va, s.address)
    last = min(va + PAGE, s.address + s.file_size)
    at = s.offset + first - s.address
    crc = zlib.crc32(ZEROES[:first - va])
    crc = zlib.crc32(content[at:at + last - first], crc)
    return zlib.crc32(ZEROES[:va + PAGE - last], crc)


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
    for number, s in enumerate(segments):
        if page_down(s.address) <= va < page_up(s.address + s.memory_size):
            if va >= s.address + s.file_size:
                return f"segment {number}, bss"
            return f"segment {number}, file offset {max(s.offset + va - s.address, s.offset):#x}"
    return "in no segment"
