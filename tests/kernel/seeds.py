"""Where the fuzzers begin: small disks and small programs with something of everything.

    seeds.py ext2 FOLDER    or    seeds.py elf FOLDER
"""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import elf_files
import extents
from elf_files import DYN, Segment, pattern

PROGRAMS = {
    "exec": elf_files.make([Segment(0x400123, pattern(300, 1), offset=0x400),
                            Segment(0x401fff, pattern(200, 2), offset=0x52c, memsz=5000,
                                    prot="rw")]),
    "pie": elf_files.make([Segment(0, pattern(300, 1), offset=0, prot="r"),
                           Segment(0x1010, pattern(300, 2), offset=0x410),
                           Segment(0x1800, pattern(9, 3), memsz=9000, prot="rw")], type=DYN),
    "empty": elf_files.make([Segment(0x400000, pattern(9)), Segment(0x401000, b"")]),
}
# The options of mke2fs; every disk has the files that fuzz/ext2.c asks for.
DISKS = {
    "1k": ["-b", "1024", "-I", "128", "-O", "none,filetype"],
    "1k-large-inodes": ["-b", "1024", "-I", "256", "-O", "none,filetype,sparse_super,large_file"],
    "2k": ["-b", "2048", "-I", "128", "-O", "none,filetype"],
    "4k": ["-b", "4096", "-I", "128", "-O", "none,filetype"],
    "revision-0": ["-b", "1024", "-r", "0"],
}
# The same with extents; every tree has this many levels of nodes below its inode.
TREES = {
    "extents-0": (["-b", "1024", "-I", "256", "-O", "none,filetype,extent,64bit,flex_bg"], 0),
    "extents-1": (["-b", "2048", "-I", "128", "-O", "none,filetype,extent"], 1),
    "extents-2": (["-b", "1024", "-I", "128", "-O", "none,filetype,extent"], 2),
}
COMMANDS = """write program program
mkdir dir
symlink dir/link /dir
symlink dir/slow {slow}
symlink loop loop
write sparse sparse
"""
WITH_TREES = ["/program", "/sparse", "/dir", "/dir/slow"]
NSPARE = 3  # blocks for a tree's nodes
UNWRITTEN = "fallocate sparse 2 5\n"
MADE = {"E2FSPROGS_FAKE_TIME": "1700000000"}
UUID = "5b1ff1a7-7d2e-4c0a-9f60-0a57fa57fa57"
NBLOCKS = 64


def disk(path: Path, options: list[str], more: str = "") -> None:
    """A small image: a program, links of every kind, a file with holes; and `more` commands."""
    work = path.parent
    block_size = int(options[options.index("-b") + 1])
    sources = {"program": PROGRAMS["exec"], "sparse": bytes(13 * 4096) + pattern(100),
               "nodes": pattern(NSPARE * block_size)}
    for name, data in sources.items():
        (work / name).write_bytes(data)
    path.write_bytes(bytes(NBLOCKS * block_size))
    subprocess.run(["mke2fs", "-q", "-F", *options, "-N", "32", "-m", "0", "-U", UUID, "-E",
                    f"hash_seed={UUID}", path,
                    str(NBLOCKS)], check=True, env=os.environ | MADE, capture_output=True)
    subprocess.run(["debugfs", "-w", "-f", "-", path.name], cwd=work, check=True, text=True,
                   input=COMMANDS.format(slow="./" * 30 + "../program") + more,
                   env=os.environ | MADE, capture_output=True)
    for name in sources:
        (work / name).unlink()


def disk_of_trees(path: Path, options: list[str], depth: int) -> None:
    """The same with extents, among them some that were never written."""
    spare = [f"nodes{i}" for i, _ in enumerate(WITH_TREES)]
    disk(path, options, "".join(f"write nodes {name}\n" for name in spare) + UNWRITTEN)
    for tree, name in zip(WITH_TREES, spare):
        extents.plant(path, tree, depth, f"/{name}")


def write(kind: str, folder: Path) -> None:
    """Fill `folder` with the seeds of one fuzzer."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "elf":
        for name, data in PROGRAMS.items():
            (folder / name).write_bytes(data)
    else:
        for name, options in DISKS.items():
            disk(folder / name, options)
        for name, (options, depth) in TREES.items():
            disk_of_trees(folder / name, options, depth)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("ext2", "elf"):
        sys.exit(__doc__)
    write(sys.argv[1], Path(sys.argv[2]))
