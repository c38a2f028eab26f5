"""A trace as a tree of calls: which layer each belongs to, and what it was made for.

Events are [depth, function, file, start_ns, duration_ns], in the order they began, as
golden.json keeps them. A call's purpose is decided by its outermost caller that has one:
a block that path lookup reads is path lookup's, whoever reads it for it.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

# From the program down to the device. A file that is in none of them is its caller's.
LAYERS = ("ELF loader", "VFS", "ext2", "map", "bio", "virtio")
_FILES = (("elf", 0), ("fault", 0), ("file", 1), ("vfs", 1), ("ext2_map", 3), ("ext2_tree", 3),
          ("ext4_map", 3), ("ext", 2), ("bio", 4), ("blk", 5), ("virt", 5))

# purpose: what a figure calls it.
PURPOSES = {"path": "path lookup", "inode": "the inode", "map": "the block map",
            "data": "the file's bytes"}
_BEGINS = (("vfs.", "path"), ("ext2_dir.", "path"), ("ext2_inode.", "inode"),
           ("ext2_map.", "map"), ("ext2_tree.", "map"), ("ext4_map.", "map"))

# The call that hands the device one request; calls that only give something back.
REQUEST = "virtq_add"
GIVES_BACK = {"bio_put"}


@dataclass
class Call:
    function: str
    file: str
    start: int     # ns
    duration: int  # ns
    layer: int     # index into LAYERS
    purpose: str   # of PURPOSES, or "other": on the way to several
    parent: Call | None = field(repr=False)
    children: list[Call] = field(default_factory=list, repr=False)

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def self_ns(self) -> int:
        """Time spent in the function itself."""
        return self.duration - sum(c.duration for c in self.children)

    @property
    def enters(self) -> bool:
        """Does this call come from another layer?"""
        return self.parent is None or self.parent.layer != self.layer

    @property
    def requests(self) -> int:
        return sum(c.function == REQUEST for c in walk([self]))


def walk(calls: list[Call]) -> Iterator[Call]:
    """Every call, callers before what they call, in order of time."""
    for call in calls:
        yield call
        yield from walk(call.children)


def _layer(file: str, parent: Call | None) -> int:
    found = next((layer for prefix, layer in _FILES if file.startswith(prefix)), None)
    return found if found is not None else parent.layer if parent else 0


def _purpose(file: str, layer: int, parent: Call | None) -> str:
    if parent and parent.purpose != "other":
        return parent.purpose
    begun = next((p for prefix, p in _BEGINS if file.startswith(prefix)), None)
    # Below the file system and asked for by none of those: the bytes themselves.
    return begun or ("data" if layer >= 4 else "other")


def tree(events: list[list]) -> list[Call]:
    """The calls that nothing in `events` calls, with everything below them."""
    roots: list[Call] = []
    stack: list[tuple[int, Call]] = []
    for depth, function, file, start, duration in events:
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parent = stack[-1][1] if stack else None
        layer = _layer(file, parent)
        call = Call(function, file, start, duration, layer, _purpose(file, layer, parent), parent)
        (parent.children if parent else roots).append(call)
        stack.append((depth, call))
    return roots


def flat(roots: list[Call], keep: Callable[[Call], bool] = lambda call: True) -> list[list]:
    """The tree as events again, times from 0 on; what a left-out call made moves up to its caller."""
    begin = span(roots)[0]

    def below(among: list[Call], depth: int) -> Iterator[list]:
        for c in among:
            kept = keep(c)
            if kept:
                yield [depth, c.function, c.file, c.start - begin, c.duration]
            yield from below(c.children, depth + kept)

    return list(below(roots, 0))


def by_layer(roots: list[Call]) -> list[tuple[str, int, int]]:
    """For each layer: its name, how often another layer called it, the time spent in it (ns)."""
    entered, spent = [0] * len(LAYERS), [0] * len(LAYERS)
    for call in walk(roots):
        entered[call.layer] += call.enters
        spent[call.layer] += call.self_ns
    return list(zip(LAYERS, entered, spent))


def requests_by_purpose(roots: list[Call]) -> dict[str, int]:
    """How many device requests were made for what; purposes without any are left out."""
    made = [c.purpose for c in walk(roots) if c.function == REQUEST]
    return {p: made.count(p) for p in PURPOSES if p in made}


def span(roots: list[Call]) -> tuple[int, int]:
    """When the first call began and the last one ended."""
    return (min((c.start for c in roots), default=0), max((c.end for c in roots), default=0))
