"""ELF files made to measure, and the pages that any ELF file must become.

The pages are computed from what readelf says of the segments, so that no code of ours is
on both sides of the comparison.
"""
from __future__ import annotations

import re
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

EXEC, DYN = 2, 3
PAGE = 4096
PIE_BASE = 0x555555554000
HEADERS = 0x400  # bytes that `make` keeps for the ELF header and the program headers
FLAGS = {"r": 4, "w": 2, "x": 1}


@dataclass
class Segment:
    vaddr: int
    data: bytes = b""
    memsz: int | None = None  # default: as long as the data
    prot: str = "rx"
    offset: int | None = None  # default: the next one that is vaddr modulo the page size
    align: int = PAGE


def pieces(segments: list[Segment], *, type: int = EXEC, entry: int | None = None,
           phoff: int = 64) -> list[tuple[int, bytes]]:
    """What stands in an ELF64 file for x86-64: offset, bytes. Between them lies nothing."""
    at = max(HEADERS, phoff + 56 * len(segments) if phoff < HEADERS else 0)
    headers, body = [], []
    for s in segments:
        offset = s.offset
        if offset is None:
            offset = at + (s.vaddr - at) % PAGE
        if s.data:
            at = max(at, offset + len(s.data))
            body.append((offset, s.data))
        flags = sum(FLAGS[letter] for letter in s.prot)
        memsz = len(s.data) if s.memsz is None else s.memsz
        headers.append(struct.pack("<IIQQQQQQ", 1, flags, offset, s.vaddr, s.vaddr,
                                   len(s.data), memsz, s.align))
    entry = segments[0].vaddr if entry is None else entry
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", type, 62, 1, entry, phoff,
                         0, 0, 64, 56, len(segments), 64, 0, 0)
    return [*body, (0, header), (phoff, b"".join(headers))]


def make(segments: list[Segment], *, size: int = 0, **options) -> bytes:
    """The same as a file, at least `size` bytes long."""
    body = pieces(segments, **options)
    file = bytearray(max(size, *(offset + len(data) for offset, data in body)))
    for offset, data in body:
        file[offset:offset + len(data)] = data
    return bytes(file)


def write_sparse(path: Path, segments: list[Segment], *, size: int = 0, **options) -> Path:
    """Write the same to a file whose gaps are holes."""
    with open(path, "wb") as f:
        for offset, data in pieces(segments, **options):
            f.seek(offset)
            f.write(data)
        f.truncate(max(size, f.seek(0, 2)))
    return path


def pattern(n: int, seed: int = 1) -> bytes:
    """`n` bytes without a zero among them, so that a zero in memory is one that belongs there."""
    out, x = bytearray(), seed
    while len(out) < n:
        x = x * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        out += struct.pack("<Q", x | 0x0101010101010101)
    return bytes(out[:n])


LOAD = re.compile(r"^ +LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) ([R ][W ][E ]) (\w+)$", re.M)
TYPE = re.compile(r"^Elf file type is (\w+)", re.M)


def expected_pages(file: Path) -> list[str]:
    """The `page` lines that a loader of this file must come to."""
    said = subprocess.run(["readelf", "-lW", file], capture_output=True, text=True, check=True,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
    found, base = [], 0
    if TYPE.search(said)[1] == "DYN":
        aligns = [int(m[6], 16) for m in LOAD.finditer(said)]
        base = PIE_BASE & -max([1, *(n for n in aligns if n.bit_count() == 1)])
    with open(file, "rb") as f:
        for *numbers, flags, _ in LOAD.findall(said):
            offset, vaddr, filesz, memsz = (int(n, 16) for n in numbers)
            f.seek(offset if filesz else 0)
            found.append(Segment(base + vaddr, f.read(filesz), memsz,
                                 flags.replace(" ", "").replace("E", "X").lower()))
    return pages_of(found)


def pages_of(segments: list[Segment]) -> list[str]:
    """The `page` lines of segments whose addresses are the final ones."""
    memory: dict[int, bytearray] = {}
    may: dict[int, set[str]] = {}
    for s in segments:
        end = s.vaddr + (len(s.data) if s.memsz is None else s.memsz)
        for page in range(s.vaddr // PAGE * PAGE, end, PAGE):
            held = memory.setdefault(page, bytearray(PAGE))
            may.setdefault(page, {"r"}).update(s.prot)
            a, b = max(page, s.vaddr), min(page + PAGE, s.vaddr + len(s.data))
            if a < b:
                held[a - page:b - page] = s.data[a - s.vaddr:b - s.vaddr]
    return [f"page {va:016x} {zlib.crc32(memory[va]):08x} "
            + "".join(letter if letter in may[va] else "-" for letter in "rwx")
            for va in sorted(memory)]
