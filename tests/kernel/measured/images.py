"""Disk images that are the same bytes every time they are made.

mke2fs makes the empty file system and debugfs fills it: it takes nothing from a source
file but its bytes (`mke2fs -d` would also copy its times). Blocks of zeroes become holes.

    make_image(path, {"/bin/program": Path("a.out"), "/etc/motd": b"hello", "/sh": Link("bin")})
"""
from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from measure.machine import process
from measure.problem import Problem

VERSION = 1  # raise it when the same call begins to make other bytes
LINKS_MAX = 40  # as the kernel has it

UUID = "5b1ff1a7-7d2e-4c0a-9f60-0a57fa57fa57"
MADE = "1700000000"  # every time stamp in an image: 2023-11-14
# Our own mke2fs.conf, so that the machine's does not matter; it must name every type it meets.
CONFIG = "[defaults]\nbase_features = none\n[fs_types]\n" + "".join(
    f"{name} = {{\ninode_ratio = 4096\n}}\n"
    for name in ("ext2", "ext4", "floppy", "small", "default"))
# What mke2fs 1.47 gives these types; ext4 without what only a writer needs.
FEATURES = {
    "ext2": "ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file",
    "ext4": "ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file,"
            "extent,huge_file,flex_bg,dir_nlink,extra_isize",
}


@dataclass(frozen=True)
class Link:
    """A symbolic link to `target`."""
    target: str


Source = Path | bytes | Link | None  # None: an empty directory


def describe(options: dict) -> str:
    """ "ext2, 1 KiB blocks" """
    block_size = options.get("block_size", 1024)
    text = f"{options.get('type', 'ext2')}, {block_size // 1024} KiB blocks"
    if options.get("revision", 1) == 0:
        text += ", revision 0"
    return text + (f", {options['features']}" if options.get("features") else "")


def make_image(path: Path, files: dict[str, Source], *, type: str = "ext2",
               block_size: int = 1024, size_mib: int | None = None, revision: int = 1,
               features: str = "") -> None:
    """Write an image with `files` in it; the same arguments give the same bytes.

    features: added to those of the type, "^name" takes one away.
    size_mib: by default the next power of two with a quarter to spare, 8 at least.
    """
    path = Path(path).absolute()
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch:
        work = Path(scratch)
        (work / "mke2fs.conf").write_text(CONFIG)
        env = os.environ | {"E2FSPROGS_FAKE_TIME": MADE, "LC_ALL": "C",
                            "MKE2FS_CONFIG": str(work / "mke2fs.conf")}
        mib = size_mib or _room_mib(files)
        _check("mke2fs", process.run(
            ["mke2fs", "-q", "-F", "-t", type, "-b", str(block_size), "-m", "0", "-U", UUID,
             "-E", f"hash_seed={UUID},root_owner=0:0,lazy_itable_init=0",
             *_revision(type, revision, features), "image", f"{mib}M"],
            cwd=work, env=env))
        (work / "commands").write_text("\n".join(_commands(files, work)) + "\n")
        filled = process.run(["debugfs", "-w", "-f", "commands", "image"], cwd=work, env=env)
        filled.stderr = filled.stderr.partition("\n")[2]  # the first line is its version
        _check("debugfs", filled)
        os.replace(work / "image", path)


def _revision(type: str, revision: int, features: str) -> list[str]:
    if revision == 0:
        return ["-r", "0"]
    return ["-I", "256", "-O", ",".join(filter(None, ("none", FEATURES[type], features)))]


def _room_mib(files: dict[str, Source]) -> int:
    sizes = [s.stat().st_size if isinstance(s, Path) else len(s) if isinstance(s, bytes) else 0
             for s in files.values()]
    needed = sum(sizes) * 1.25 / 2**20 + 4
    mib = 8
    while mib < needed:
        mib *= 2
    return mib


def _commands(files: dict[str, Source], work: Path) -> list[str]:
    """debugfs commands that make `files`; their sources get plain names in `work`.

    Every command works in its directory: debugfs does not take "/name" for absolute.
    """
    commands: list[str] = []
    made = {PurePosixPath("/")}

    def make(what: str, where: PurePosixPath, *more: str) -> None:
        commands.append(f"cd {_quoted(where.parent)}")
        commands.append(" ".join([what, _quoted(where.name), *more]))

    def mkdir(directory: PurePosixPath) -> None:
        if directory not in made:
            mkdir(directory.parent)
            make("mkdir", directory)
            made.add(directory)

    for number, (name, source) in enumerate(files.items()):
        where = PurePosixPath("/", name)
        mkdir(where.parent)
        if source is None:
            mkdir(where)
        elif isinstance(source, Link):
            make("symlink", where, _quoted(source.target))
        else:
            plain = work / f"source{number}"
            plain.write_bytes(source) if isinstance(source, bytes) else plain.symlink_to(
                source.absolute())
            make(f"write {plain.name}", where)
            make("set_inode_field", where, "mode", "0100755")  # `write` took the source's
    return commands


def _quoted(name: PurePosixPath | str) -> str:
    if any(c in str(name) for c in "\"\n"):
        raise Problem(f"debugfs cannot be given the name {str(name)!r}")
    return f'"{name}"'


def _check(tool: str, done) -> None:
    said = done.stderr.strip()
    if done.returncode or said:
        raise Problem(f"{tool} could not make the image: {said or f'status {done.returncode}'}")


def extract(image: Path, file: str, to: Path) -> None:
    """Copy the file at the absolute path `file` out of an image, each link on the way followed."""
    _debugfs(image, file, f"dump {_quoted(_end_of_links(image, file))} {_quoted(str(to))}")
    if not to.is_file():
        raise Problem(f"{image}: cannot read {file}: no such file")


def _debugfs(image: Path, file: str, command: str) -> str:
    """What one command says; `file` is what it is about."""
    done = process.run(["debugfs", "-R", command, image])
    said = done.stderr.partition("\n")[2].strip()
    if said:
        raise Problem(f"{image}: cannot read {file}: {said}")
    return done.stdout


def _end_of_links(image: Path, file: str) -> str:
    """Where the file itself is. debugfs follows links to folders, and none to a file."""
    path = file
    for _ in range(LINKS_MAX + 1):
        path = re.sub("/+", "/", f"/{path}")
        about = _debugfs(image, file, f"stat {_quoted(path)}")
        kind = re.search(r"Type: (\S+(?: \S+)?)  ", about)
        if not kind or kind[1] != "symlink":
            break
        path = str(PurePosixPath(path).parent / _target(image, path, about))
    else:
        raise Problem(f"{image}: cannot read {file}: more than {LINKS_MAX} links")
    if kind and kind[1] != "regular":
        raise Problem(f"{image}: cannot read {file}: {path} is a {kind[1]}, not a file")
    return path


def _target(image: Path, link: str, about: str) -> str:
    """A short one stands in the inode, where `cat` does not see it."""
    fast = re.search(r'^Fast link dest: "(.*)"$', about, re.M)
    return fast[1] if fast else _debugfs(image, link, f"cat {_quoted(link)}")
