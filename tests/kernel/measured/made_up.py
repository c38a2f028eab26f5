"""A made-up trace of one page at a slow step, for tests: the shape is real, the times are not."""
from __future__ import annotations

from collections.abc import Callable


def page(nblocks: int = 4, nindirect: int = 2, cached: bool = False) -> list[list]:
    """Look the path up, read the inode, find and read each block: two requests a block."""
    made: list[list] = []
    now = 0

    def call(depth: int, function: str, file: str, *inside: Callable[[int], None]) -> None:
        nonlocal now
        event = [depth, function, file, now, 0]
        made.append(event)
        now += 100
        for one in inside:
            one(depth + 1)
        now += 50
        event[4] = now - event[3]

    def leaf(function: str, file: str, *inside: Callable[[int], None]) -> Callable[[int], None]:
        return lambda depth: call(depth, function, file, *inside)

    sector = leaf("read_sector", "virtio_blk.c", leaf("virtq_add", "virtq.c"),
                  leaf("virtq_kick", "virtq.c"))
    disk = leaf("blk_submit", "virtio_blk.c", sector, sector)
    put = leaf("bio_put", "bio.c")
    kept = leaf("bio_get", "bio.c") if cached else leaf("bio_get", "bio.c", disk)
    fresh = leaf("bio_get", "bio.c", disk)
    inode = leaf("ext2_read_inode", "ext2_inode.c", kept, put)
    lookup = leaf("vfs_lookup", "vfs.c", leaf("ext2_lookup", "ext2_dir.c", inode, kept, put))
    where = leaf("ext2_map", "ext2_map.c", *[kept, put] * nindirect)
    data = leaf("ext2_read", "ext2_read.c", *[where, fresh, put] * nblocks)
    call(0, "load_page", "elf_load.c", leaf("file_read_at", "file.c", lookup, inode, data))
    return made
