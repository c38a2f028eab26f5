"""ELF64 programs: made from a seed, or looked into.

A made-up program is valid, and really runs: on Linux it exits with status 0. Its
segments begin and end in the middle of pages, as those of real linkers do.
"""
from __future__ import annotations

import random
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from measure.problem import Problem

VERSION = 1  # raise it when the same seed begins to give another program

PAGE = 4096
PIE_BASE = 0x555555554000  # where the kernel puts a position-independent program
HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
ET_EXEC, ET_DYN, EM_X86_64, PT_LOAD = 2, 3, 62, 1
X, W, R = 1, 2, 4
IDENT = b"\x7fELF\x02\x01\x01"
# mov eax, 60 (exit); xor edi, edi; syscall
EXIT = bytes.fromhex("b83c000000 31ff 0f05")


@dataclass(frozen=True)
class Segment:
    """A PT_LOAD, `address` with the base added."""
    address: int
    offset: int
    file_size: int
    memory_size: int
    prot: int


def page_down(n: int) -> int:
    return n & -PAGE


def page_up(n: int) -> int:
    return -(-n // PAGE) * PAGE


def elf_from_seed(path: Path, size: int, seed: int, *, pie: bool = False,
                  bss: int = 1_500_000, zeroes: Iterable[tuple[int, int]] | None = None) -> None:
    """Write a program of exactly `size` bytes: read-only data, code, data with `bss` behind it.

    zeroes: (offset, length) of runs of zero bytes, which become holes in an image;
    by default the seed places about one for each MiB, up to 24 KiB long.
    """
    if size < 8 * PAGE:
        raise ValueError(f"a program of {size} bytes is too small for three segments")
    rng = random.Random(seed)
    segments = _layout(size, bss, 0 if pie else 0x200000)
    code = segments[1]
    if zeroes is None:
        zeroes = [(rng.randrange(segments[0].offset, size),
                   min(rng.randrange(2048, 24576), size // 16)) for _ in range(2 + size // 2**20)]
    with open(path, "wb") as f:
        for start in range(0, size, 2**20):
            f.write(rng.randbytes(min(2**20, size - start)))
        for offset, length in zeroes:
            f.seek(offset)
            f.write(bytes(min(length, size - offset)))
        f.seek(0)
        f.write(HEADER.pack(IDENT, ET_DYN if pie else ET_EXEC, EM_X86_64, 1, code.address,
                            HEADER.size, 0, 0, HEADER.size, SEGMENT.size, len(segments), 64, 0, 0))
        for s in segments:
            f.write(SEGMENT.pack(PT_LOAD, s.prot, s.offset, s.address, s.address, s.file_size,
                                 s.memory_size, PAGE))
        f.seek(code.offset)
        f.write(EXIT)
    path.chmod(0o755)


def _layout(size: int, bss: int, base: int) -> list[Segment]:
    """A fifth read-only data, two thirds code, the rest data; between them bytes of nobody."""
    offsets = [0x2d8, size // 5 | 0x123, size * 13 // 15 | 0x235]
    ends = [offsets[1] - 37, offsets[2] - 91, size]
    segments: list[Segment] = []
    address = base
    for offset, end, prot in zip(offsets, ends, (R, R | X, R | W)):
        address = page_up(address) + offset % PAGE
        file_size = end - offset
        memory_size = file_size + (bss if prot & W else 0)
        segments.append(Segment(address, offset, file_size, memory_size, prot))
        address += memory_size
    return segments


def load_segments(path: Path) -> list[Segment]:
    """The PT_LOADs of an x86-64 program, where the kernel puts them."""
    def not_a_program(why: str) -> Problem:
        return Problem(f"{path} is not an x86-64 ELF program: {why}")

    size = path.stat().st_size
    with open(path, "rb") as f:
        head = f.read(HEADER.size)
        if len(head) < HEADER.size or not head.startswith(IDENT[:6]):
            raise not_a_program("no 64-bit little-endian ELF header")
        _, kind, machine, _, _, phoff, *_, phentsize, phnum, _, _, _ = HEADER.unpack(head)
        if machine != EM_X86_64 or kind not in (ET_EXEC, ET_DYN):
            raise not_a_program(f"type {kind}, machine {machine}")
        if phentsize != SEGMENT.size:
            raise not_a_program(f"program headers of {phentsize} bytes")
        f.seek(phoff)
        table = f.read(phnum * SEGMENT.size)
    if len(table) < phnum * SEGMENT.size:
        raise not_a_program("it ends within its program headers")
    loads = [entry for entry in SEGMENT.iter_unpack(table) if entry[0] == PT_LOAD and entry[6]]
    base = PIE_BASE & -_alignment(loads) if kind == ET_DYN else 0
    found = [Segment(base + vaddr, offset, filesz, memsz, flags & 7)
             for _, flags, offset, vaddr, _, filesz, memsz, _ in loads]
    if not found:
        raise not_a_program("nothing to load")
    for s in found:
        if s.file_size and s.offset + s.file_size > size or s.file_size > s.memory_size:
            raise not_a_program(f"the segment at {s.address:#x} does not fit the file")
    return found


def _alignment(loads: list[tuple]) -> int:
    """The largest p_align; what is no power of two is passed over, as Linux does."""
    return max((align for *_, align in loads if align & (align - 1) == 0), default=1) or 1


def file_bytes(segments: list[Segment]) -> int:
    """How many bytes of the file get into memory."""
    return sum(s.file_size for s in segments)


def memory_bytes(segments: list[Segment]) -> int:
    """How much memory the pages of the segments take."""
    return sum(page_up(s.address + s.memory_size) - page_down(s.address) for s in segments)
