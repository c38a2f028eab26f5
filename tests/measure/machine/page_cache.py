"""Which pages of a file are in memory; and how to get all of them in, or out.

Cold means that none of the file's bytes is in this machine's memory. Its name and its inode
still are, and what lies below this machine (a host, a disk) may have kept the bytes too.

Warm means that all of them are, and that they came in order, from the disk, by us. A file that was
written piece by piece, or lost some pages and got them back, is in memory in smaller pieces (the
kernel's folios); to read or map it takes up to half as long again, and nothing tells.
"""
from __future__ import annotations

import ctypes
import errno
import mmap
import os
import time
from collections.abc import Iterable
from pathlib import Path

from measure.problem import Problem

SYS_CACHESTAT = 451  # Linux 6.5; the same number on every architecture
WARM_TRIES = 20
BUFFER = 2**17  # as GNU cat: how much is asked for decides in which pieces the kernel brings it
PATIENCE_SECONDS, ATTEMPTS = 2.0, 40
Identity = tuple[int, int, int]

_libc = ctypes.CDLL(None, use_errno=True)
_in_order: set[Identity] = set()  # what this process has brought in from the disk


def npages(path: Path) -> int:
    return -(-path.stat().st_size // mmap.PAGESIZE)


def cached_pages(path: Path) -> int:
    """How many of the file's pages are in memory."""
    with open(path, "rb", buffering=0) as f:
        found = cachestat(f.fileno())
        return _mincore(f.fileno()) if found is None else found


def cachestat(fd: int) -> int | None:
    """How many pages of it are in memory; None where the kernel has no such call."""
    whole = (ctypes.c_uint64 * 2)(0, 0)  # from 0, to the end
    answer = (ctypes.c_uint64 * 5)()     # the first one is nr_cache
    if _libc.syscall(SYS_CACHESTAT, fd, whole, answer, 0) == 0:
        return answer[0]
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
        return None
    raise OSError(code, os.strerror(code), "cachestat")


def _mincore(fd: int) -> int:
    """By mapping the file and touching nothing."""
    size = os.fstat(fd).st_size
    if not size:
        return 0
    with mmap.mmap(fd, size, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE) as mapped:
        pages = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
        first = ctypes.c_char.from_buffer(mapped)
        try:
            if _libc.mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), pages):
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), "mincore")
        finally:
            del first  # the map cannot be closed while somebody points into it
        return sum(page & 1 for page in pages)


def _read_through(path: Path, buffer: bytearray) -> None:
    with open(path, "rb", buffering=0) as f:
        while f.readinto(buffer):
            pass


def warm(files: Iterable[Path]) -> None:
    """Read every file, from the disk if that was not done yet; Problem if one does not stay whole.

    A kernel that gives back what was idle (DAMON) may take some pages away: from the disk again.
    """
    buffer = bytearray(BUFFER)
    for path in files:
        for _ in range(WARM_TRIES):
            if (this := _identity(path)) not in _in_order or not _whole(path):
                _evict(path)
                _in_order.add(this)
            _read_through(path, buffer)
            if _whole(path):
                break
        else:
            raise Problem(f"{path} cannot be made warm: after reading it {cached_pages(path):,} of "
                          f"its {npages(path):,} pages are in memory; is there too little of it?")


def _whole(path: Path) -> bool:
    return cached_pages(path) >= npages(path)


def _identity(path: Path) -> Identity:
    """Another one after a change."""
    st = path.stat()
    return st.st_dev, st.st_ino, st.st_mtime_ns


def cold(files: Iterable[Path]) -> None:
    """Get every file out of memory; Problem if a page of one stays."""
    for path in files:
        for wait in (0, *[PATIENCE_SECONDS / ATTEMPTS] * ATTEMPTS):
            time.sleep(wait)  # a page that somebody holds for a moment is passed over
            _evict(path)
            if not (found := cached_pages(path)):
                break
        else:
            raise Problem(f"{path} cannot be made cold: {found:,} of its {npages(path):,} pages "
                          "stay in memory. Is it mapped by somebody, or on a file system that is "
                          "memory?")


def _evict(path: Path) -> None:
    with open(path, "rb", buffering=0) as f:
        os.fsync(f.fileno())  # what is not on the disk yet would stay
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


READY = {"warm": warm, "cold": cold}
