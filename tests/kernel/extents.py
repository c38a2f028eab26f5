"""Trees of extents made by hand: deeper than so small a file would ever have them.

    plant(image, "/file", depth=2, spare="/spare")

takes what debugfs made (a file of up to four extents, all in its inode), and hangs the same
extents below `depth` levels of nodes, two entries in each, in the blocks of the spare file.

    change(image, "/file", level=0, to=lambda entries: entries[::-1])

rewrites the entries of the first node that stands so many levels above the leaves.
"""
from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import layout

MAGIC = 0xf30a
HEADER = struct.Struct("<HHHHI")   # magic, entries, most of them, depth, generation; as long as
BELOW = struct.Struct("<IIHH")     # … an entry: file block, child (lower, upper bits), unused
EXTENT = struct.Struct("<IHHI")    # file block, length, place (upper, lower bits)
IN_INODE = 4                       # entries
UNWRITTEN = 32768                  # what is added to the length of an extent without data


def node(entries: list[bytes], room: int, depth: int) -> bytes:
    """A node of the tree, with room for so many bytes."""
    most = room // HEADER.size - 1
    return HEADER.pack(MAGIC, len(entries), most, depth, 0) + b"".join(entries)


def extents_of(root: bytes) -> list[bytes]:
    """The entries of a tree that is all in its inode."""
    magic, n, _, depth, _ = HEADER.unpack_from(root)
    assert magic == MAGIC and depth == 0 and n <= IN_INODE
    return [root[HEADER.size * (1 + i):HEADER.size * (2 + i)] for i in range(n)]


def pairs(entries: list[bytes]) -> list[list[bytes]]:
    return [entries[i:i + 2] for i in range(0, len(entries), 2)]


def plant(image: Path, path: str, depth: int, spare: str) -> None:
    """Give a file's tree `depth` levels below its root; the spare file's blocks become nodes."""
    data = bytearray(image.read_bytes())
    block_size = 1024 << struct.unpack_from("<I", data, 1048)[0]
    root = layout.i_block(image, path, block_size)
    free = [int(block) for block in layout.debugfs(image, f"blocks {spare}").split()]
    entries = extents_of(data[root:root + 60])
    for level in range(depth):
        above = []
        for below in pairs(entries):
            block = free.pop()
            new = node(below, block_size, level)
            data[block * block_size:block * block_size + len(new)] = new
            above.append(BELOW.pack(struct.unpack_from("<I", below[0])[0], block, 0, 0))
        entries = above
    data[root:root + 60] = node(entries, 60, depth).ljust(60, b"\0")
    image.write_bytes(data)


def change(image: Path, path: str, level: int, to: Callable[[list[bytes]], list[bytes]]) -> None:
    """Give the first node of that level other entries, and leave all else as it is."""
    data = bytearray(image.read_bytes())
    block_size = 1024 << struct.unpack_from("<I", data, 1048)[0]
    at, room = layout.i_block(image, path, block_size), 60
    while (head := HEADER.unpack_from(data, at))[3] > level:
        at, room = BELOW.unpack_from(data, at + HEADER.size)[1] * block_size, block_size
    entries = [bytes(data[at + HEADER.size * (1 + i):][:HEADER.size]) for i in range(head[1])]
    new = node(to(entries), room, level)
    data[at:at + len(new)] = new
    image.write_bytes(data)


def moved(entry: bytes, by: int) -> bytes:
    """An entry of either kind that begins later in the file."""
    return struct.pack("<I", struct.unpack_from("<I", entry)[0] + by) + entry[4:]


def extent(block: int, length: int, place: int) -> bytes:
    return EXTENT.pack(block, length, place >> 32, place & 0xffffffff)
