"""An initramfs: a cpio archive in the "newc" form, the same bytes every time.

    archive({"bin": None, "bin/busybox": content, "init": script})

Linux's Documentation/driver-api/early-userspace/buffer-format.rst describes it.
"""
from __future__ import annotations

FOLDER, PROGRAM = 0o040755, 0o100755
TRAILER = "TRAILER!!!"


def archive(files: dict[str, bytes | None]) -> bytes:
    """All is root's, and may be run. None is a folder; it comes before what is in it."""
    entries = [_entry(number, name, FOLDER if content is None else PROGRAM, content or b"")
               for number, (name, content) in enumerate(files.items(), 1)]
    return b"".join([*entries, _entry(0, TRAILER, 0, b"")])


def _entry(number: int, name: str, mode: int, content: bytes) -> bytes:
    links = 2 if mode == FOLDER else 1
    path = name.encode() + b"\0"
    fields = [number, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(path), 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(head + path) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
