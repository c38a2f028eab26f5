"""LZ4 and Zstandard frames, written by hand: each field where a test wants to lie in it.

    frames.py frames FOLDER    writes what the fuzzer begins with
"""
from __future__ import annotations

import struct
import sys
from pathlib import Path

PRIMES = (2654435761, 2246822519, 3266489917, 668265263, 374761393)
MASK = 0xFFFFFFFF


def _rotate(x: int, by: int) -> int:
    x &= MASK
    return (x << by | x >> (32 - by)) & MASK


def xxh32(data: bytes) -> int:
    p1, p2, p3, p4, p5 = PRIMES
    at, lanes = 0, [p1 + p2, p2, 0, -p1]
    while len(data) - at >= 16:
        for i, word in enumerate(struct.unpack_from("<4I", data, at)):
            lanes[i] = _rotate(lanes[i] + word * p2, 13) * p1
        at += 16
    total = sum(_rotate(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18))) if at else p5
    total += len(data)
    while len(data) - at >= 4:
        total = _rotate(total + struct.unpack_from("<I", data, at)[0] * p3, 17) * p4
        at += 4
    for byte in data[at:]:
        total = _rotate(total + byte * p5, 11) * p1
    total &= MASK
    total = (total ^ total >> 15) * p2 & MASK
    total = (total ^ total >> 13) * p3 & MASK
    return total ^ total >> 16


def lz4_header(size: int | None = None, sums: bool = True, kind: int = 4) -> bytes:
    flags = 1 << 6 | (8 if size is not None else 0) | (4 | 16 if sums else 0)
    fields = bytes([flags, kind << 4]) + (struct.pack("<Q", size) if size is not None else b"")
    return struct.pack("<I", 0x184D2204) + fields + bytes([xxh32(fields) >> 8 & 0xFF])


def lz4(content: bytes, size: bool = True, sums: bool = True) -> bytes:
    """Blocks of 64 KiB that are not compressed; their checksums and the frame's."""
    out = lz4_header(len(content) if size else None, sums)
    for at in range(0, len(content), 1 << 16):
        block = content[at:at + (1 << 16)]
        out += struct.pack("<I", len(block) | 1 << 31) + block
        out += struct.pack("<I", xxh32(block)) if sums else b""
    return out + bytes(4) + (struct.pack("<I", xxh32(content)) if sums else b"")


def lz4_zeroes(n: int) -> bytes:
    """A compressed block of `n` zeroes (n > 300): a literal, a match of distance 1, five literals."""
    match = n - 6 - 19
    block = b"\x1f\0\1\0" + b"\xff" * (match // 255) + bytes([match % 255]) + b"\x50" + bytes(5)
    return lz4_header(n, False, 7) + struct.pack("<I", len(block)) + block + bytes(4)


def zstd_header(size: int | None = None) -> bytes:
    if size is None:
        return struct.pack("<I", 0xFD2FB528) + b"\0\x58"  # a window of 2 MiB
    return struct.pack("<IBBQ", 0xFD2FB528, 0xC0, 0x58, size)


def zstd_block(kind: int, size: int, content: bytes, last: bool = False) -> bytes:
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + content


def zstd(content: bytes, size: bool = True) -> bytes:
    """Raw blocks."""
    out = zstd_header(len(content) if size else None)
    for at in range(0, len(content), 1 << 17):
        block = content[at:at + (1 << 17)]
        out += zstd_block(0, len(block), block)
    return out + zstd_block(0, 0, b"", last=True)


def zstd_zeroes(blocks: int) -> bytes:
    """A bomb: 128 KiB for each 4 bytes."""
    return zstd_header() + zstd_block(1, 1 << 17, b"\0") * blocks + zstd_block(0, 0, b"", last=True)


def skippable(content: bytes) -> bytes:
    return struct.pack("<II", 0x184D2A5A, len(content)) + content


SEEDS = {
    "lz4": lz4(b"plain bytes " * 9), "lz4-bare": lz4(b"x", False, False), "lz4-empty": lz4(b""),
    "lz4-repeats": lz4_zeroes(3000), "zstd": zstd(b"plain bytes " * 9),
    "zstd-sizeless": zstd(b"x", False),
    "zstd-repeats": zstd_zeroes(2), "both": lz4(b"1") + skippable(b"skip") + zstd(b"2"),
    # "compressed " 20 times, as zstd(1) packs it: one compressed block and a checksum.
    "zstd-packed": bytes.fromhex("28b52ffd045895000058636f6d707265737365642001004e53c50bdecc8650"),
}

if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in SEEDS.items():
        (folder / name).write_bytes(frame)
