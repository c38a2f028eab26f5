"""Where a file lies on the disk, as debugfs sees it."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

# (0-11):39-50, (IND):51, (12):52, …: which of the file's blocks, and where they begin.
RANGE = re.compile(r"\((\d+)(?:-(\d+))?\):\d+")
# Depth of the node and of the tree, the node's own block or a run of the file's.
TREE = re.compile(r"^ *(\d+)/ *(\d+) +\d+/ *\d+ +\d+ - +\d+ +(\d+)", re.M)


def debugfs(image: Path, command: str) -> str:
    return subprocess.run(["debugfs", "-R", command, image], capture_output=True, text=True,
                          check=True).stdout


def runs(image: Path, path: str) -> list[range]:
    """The file's blocks that follow each other on the disk too; between them gaps or holes."""
    listed = debugfs(image, f"stat {path}").partition("BLOCKS:")[2]
    return [range(int(first), int(last or first) + 1) for first, last in RANGE.findall(listed)]


def blocks_on_the_way(image: Path, path: str) -> set[int]:
    """Every block that loading the file has to look at, the superblock aside."""
    first = re.search(r"^First block: +(\d+)", debugfs(image, "stats"), re.M)
    blocks = {int(first[1]) + 1}  # the group descriptors
    parents = [str(p) for p in reversed(Path(path).parents)]
    for name in [*parents, path]:
        blocks |= {int(b) for b in debugfs(image, f"blocks {name}").split()}
        located = debugfs(image, f"imap {name}")  # "… located at block 40, offset 0x0080"
        blocks.add(int(located.split("located at block ")[1].split(",")[0]))
    return blocks - {0}


def tree(image: Path, path: str) -> tuple[int, list[int], int]:
    """How deep the tree of a file is, which blocks it takes, and how many extents it has."""
    rows = [tuple(map(int, m)) for m in TREE.findall(debugfs(image, f"dump_extents {path}"))]
    depth = rows[0][1]
    inner = [block for level, _, block in rows if level < depth]
    return depth, inner, len(rows) - len(inner)


def i_block(image: Path, path: str, block_size: int) -> int:
    """Where in the image the inode keeps its block map."""
    said = debugfs(image, f"imap {path}")
    block, offset = re.search(r"block (\d+), offset (0x\w+)", said).groups()
    return int(block) * block_size + int(offset, 16) + 40
