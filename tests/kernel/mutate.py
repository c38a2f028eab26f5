"""Damage done to disk images, from a seed: the same number always breaks the same thing.

    for damage in mutations(image, seed=1, n=200):
        damage.apply(image) -> the damaged image; damage.what says what was done
"""
from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from typing import Callable, Iterator

SUPER = 1024
ROOT_INO = 2
# Offsets in the on-disk structs, by name, with their struct codes.
SUPER_FIELDS = {"inodes_count": (0, "I"), "blocks_count": (4, "I"), "first_data_block": (20, "I"),
                "log_block_size": (24, "I"), "blocks_per_group": (32, "I"),
                "inodes_per_group": (40, "I"), "magic": (56, "H"), "rev_level": (76, "I"),
                "inode_size": (88, "H"), "feature_incompat": (96, "I"), "desc_size": (254, "H"),
                "blocks_count_hi": (336, "I")}
GROUP_FIELDS = {"inode_table": (8, "I")}
INODE_FIELDS = {"mode": (0, "H"), "size": (4, "I"), "blocks": (28, "I"), "flags": (32, "I"),
                "size_high": (108, "I")} | {f"block[{i}]": (40 + 4 * i, "I") for i in range(15)}
DIRENT_FIELDS = {"inode": (0, "I"), "rec_len": (4, "H"), "name_len": (6, "B"),
                 "file_type": (7, "B")}
ELF_FIELDS = {"type": (16, "H"), "machine": (18, "H"), "entry": (24, "Q"), "phoff": (32, "Q"),
              "phentsize": (54, "H"), "phnum": (56, "H")}
PHDR_FIELDS = {"type": (0, "I"), "flags": (4, "I"), "offset": (8, "Q"), "vaddr": (16, "Q"),
               "filesz": (32, "Q"), "memsz": (40, "Q")}


class Ext2:
    """Where things are in an undamaged image."""

    def __init__(self, image: bytes) -> None:
        self.image = image
        self.block_size = 1024 << self.get(SUPER + 24, "I")
        self.nblocks = self.get(SUPER + 4, "I")
        self.inodes_per_group = self.get(SUPER + 40, "I")
        self.inode_size = self.get(SUPER + 88, "H") if self.get(SUPER + 76, "I") else 128
        self.groups = (self.get(SUPER + 20, "I") + 1) * self.block_size

    def get(self, offset: int, code: str) -> int:
        return struct.unpack_from("<" + code, self.image, offset)[0]

    def inode(self, ino: int) -> int:
        """The offset of an inode in the image."""
        group, index = divmod(ino - 1, self.inodes_per_group)
        table = self.get(self.groups + 32 * group + 8, "I")
        return table * self.block_size + index * self.inode_size

    def pointers(self, ino: int) -> list[int]:
        return [self.get(self.inode(ino) + 40 + 4 * i, "I") for i in range(15)]

    def entries(self, ino: int) -> dict[bytes, tuple[int, int]]:
        """Name -> (offset of the entry, inode), for a directory of one block."""
        start = self.pointers(ino)[0] * self.block_size
        at, found = start, {}
        while at < start + self.block_size:
            child, rec_len, name_len = (self.get(at + o, c) for o, c in ((0, "I"), (4, "H"), (6, "B")))
            found[self.image[at + 8:at + 8 + name_len]] = at, child
            at += rec_len
        return found


@dataclass(frozen=True)
class Damage:
    what: str
    patches: tuple[tuple[int, bytes], ...] = ()  # offset, new bytes
    length: int | None = None  # cut the image here

    def apply(self, image: bytes) -> bytes:
        out = bytearray(image)
        for offset, new in self.patches:
            out[offset:offset + len(new)] = new
        return bytes(out[:self.length])

    def __add__(self, other: Damage) -> Damage:
        cuts = [d.length for d in (self, other) if d.length is not None]
        return Damage(f"{self.what}; {other.what}", self.patches + other.patches,
                      min(cuts, default=None))


def change(what: str, offset: int, code: str, value: int) -> Damage:
    """One number overwritten; too large a value loses its upper bits."""
    value &= (1 << 8 * struct.calcsize(code)) - 1
    return Damage(f"{what} = {value:#x}", ((offset, struct.pack("<" + code, value)),))


def mutations(image: bytes, seed: int, n: int) -> Iterator[Damage]:
    """`n` damages to an image that has /program and perhaps directories and links beside it."""
    lot, fs = random.Random(seed), Ext2(image)
    root = fs.entries(ROOT_INO)
    inodes = {name.decode(): ino for name, (_, ino) in root.items()}
    program = fs.pointers(inodes["program"])
    elf = program[0] * fs.block_size
    block = fs.block_size

    def value(code: str, old: int) -> int:
        bits = 8 * struct.calcsize(code)
        return lot.choice([0, 1, 2, 3, 4, 7, 8, 255, fs.nblocks - 1, fs.nblocks, fs.nblocks + 1,
                           old + 1, old - 1, old * 2, old ^ 1 << lot.randrange(bits),
                           1 << bits - 1, (1 << bits - 1) - 1, (1 << bits) - 1,
                           (1 << bits) - lot.choice([2, 4, 56, 4096]), lot.randrange(1 << bits)])

    def one_of(fields: dict, base: int, name: str) -> Damage:
        key = lot.choice(list(fields))
        offset, code = fields[key]
        return change(f"{name} {key}", base + offset, code, value(code, fs.get(base + offset, code)))

    def superblock() -> Damage:
        return one_of(SUPER_FIELDS, SUPER, "superblock")

    def group() -> Damage:
        return one_of(GROUP_FIELDS, fs.groups, "group")

    def inode() -> Damage:
        name = lot.choice(list(inodes))
        return one_of(INODE_FIELDS, fs.inode(inodes[name]), f"inode of {name}")

    def program_inode() -> Damage:
        return one_of(INODE_FIELDS, fs.inode(inodes["program"]), "inode of program")

    def indirect_block() -> Damage:
        level, offset = lot.choice([12, 13]), 4 * lot.randrange(block // 4)
        if program[level] == 0:
            return program_inode()
        base = program[level] * block + lot.choice([0, 0, 4, offset])
        new = lot.choice([program[level], program[12], fs.nblocks, value("I", fs.get(base, "I"))])
        return change(f"indirect block {program[level]}+{base % block}", base, "I", new)

    def entry() -> Damage:
        name = lot.choice(list(root))
        return one_of(DIRENT_FIELDS, root[name][0], f"entry {name.decode()}")

    def link() -> Damage:
        """The link at /link leads somewhere else, or round and round."""
        target = lot.choice([b"link", b"./link", b"/link", b"", b"\0", b"link/" * 12, b"/" * 60])
        size = lot.choice([len(target), 59, 60, 61, 4095, 4096, 2**31, 2**32 - 1])
        at = fs.inode(inodes["link"])
        return Damage(f"link of {size} bytes to {target!r}",
                      ((at + 4, struct.pack("<I", size)), (at + 40, target[:60].ljust(60, b"\0"))))

    def elf_header() -> Damage:
        return one_of(ELF_FIELDS, elf, "ELF header")

    def program_header() -> Damage:
        i = lot.randrange(max(1, min(fs.get(elf + 56, "H"), 4)))
        return one_of(PHDR_FIELDS, elf + fs.get(elf + 32, "Q") + 56 * i, f"program header {i}")

    def cut() -> Damage:
        length = lot.choice([lot.randrange(len(image)), lot.randrange(4096)])
        return Damage(f"cut to {length} bytes", length=length)

    def noise() -> Damage:
        at = lot.choice([SUPER, fs.groups, fs.inode(ROOT_INO), root[b"program"][0], elf,
                         program[12] * block]) + lot.randrange(256)
        return Damage(f"noise at {at}", ((at, lot.randbytes(lot.randint(1, 16))),))

    kinds: list[Callable[[], Damage]] = [
        superblock, group, inode, program_inode, indirect_block, entry, link, elf_header,
        program_header, program_header, cut, noise]
    for i in range(n):
        damage = kinds[i % len(kinds)]()
        while lot.random() < 0.25:
            damage = damage + lot.choice(kinds)()
        yield damage
