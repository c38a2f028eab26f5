"""Any file of any ext2 image reads as debugfs wrote it: at every step."""
from __future__ import annotations

import random
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import hosted
from elf_files import pattern
from mutate import SUPER, Ext2
from kernel.measured.images import Link, extract, make_image

GIB = 1 << 30
FORMATS = {"1 KiB": {"block_size": 1024}, "2 KiB": {"block_size": 2048},
           "4 KiB": {"block_size": 4096}, "revision 0": {"block_size": 1024, "revision": 0}}


@pytest.fixture(scope="session", params=FORMATS)
def disk_format(request):
    return FORMATS[request.param]


# --- the bytes of files ------------------------------------------------------------------------


@dataclass
class Disk:
    image: Path
    block_size: int
    files: dict[str, Path] = field(default_factory=dict)


def boundaries(block_size: int) -> dict[str, int]:
    """The first block behind each way of mapping: where an error by one would show."""
    n = block_size // 4
    return {"direct": 12, "single": 12 + n, "double": 12 + n + n * n}


def sparse(path: Path, size: int, pieces: dict[int, bytes]) -> Path:
    with open(path, "wb") as f:
        f.truncate(size)
        for at, data in pieces.items():
            f.seek(at)
            f.write(data)
    return path


def with_holes(seed: int, nblocks: int, block_size: int) -> bytes:
    """Blocks of data and holes by lot, in runs of one to twenty."""
    lot, out = random.Random(seed), bytearray()
    while len(out) < nblocks * block_size:
        run = lot.randint(1, 20) * block_size
        out += bytes(run) if lot.random() < 0.5 else pattern(run, lot.randint(1, 999))
    return bytes(out[:nblocks * block_size])


@pytest.fixture(scope="session")
def disk(disk_format, tmp_path_factory) -> Disk:
    """One image with a file of every shape."""
    folder = tmp_path_factory.mktemp("disk")
    size = disk_format["block_size"]
    disk = Disk(folder / "image", size)

    def add(name: str, data: bytes) -> None:
        disk.files[name] = folder / name
        (folder / name).write_bytes(data)

    add("empty", b"")
    add("one byte", b"x")
    add("one block", pattern(size))
    add("direct", pattern(12 * size))
    add("direct and a byte", pattern(12 * size + 1))
    add("single", pattern((12 + size // 4) * size - 1))
    add("double", pattern((12 + size // 4 + 3) * size + 5))
    add("zeroes only", bytes(40 * size))
    add("a hole first", bytes(13 * size) + pattern(3 * size))
    add("a hole last", pattern(3 * size) + bytes(20 * size + 7))
    add("a hole for an indirect block", pattern(12 * size) + bytes(size // 4 * size) + pattern(9))
    for seed in (1, 2, 3):
        add(f"holes {seed}", with_holes(seed, 400, size))
    for name, first in boundaries(size).items():
        at = (first - 2) * size
        disk.files[f"around {name}"] = sparse(
            folder / f"around {name}", at + 5 * size - 3, {at: pattern(5 * size - 3)})
    make_image(disk.image, {f"/{name}": path for name, path in disk.files.items()},
               size_mib=64, **disk_format)
    return disk


SMALL = ["empty", "one byte", "one block", "direct", "direct and a byte", "single", "double",
         "zeroes only", "a hole first", "a hole last", "a hole for an indirect block",
         "holes 1", "holes 2", "holes 3"]


@pytest.mark.parametrize("name", SMALL)
def test_a_file_reads_as_it_was_written(step, host_load, disk, name):
    done = hosted.cat(host_load, disk.image, f"/{name}")
    assert not done.errors
    assert done.out == disk.files[name].read_bytes()


def read_pieces(path: Path, pieces: list[tuple[int, int]]) -> bytes:
    size, out = path.stat().st_size, b""
    with open(path, "rb") as f:
        for at, n in pieces:
            f.seek(min(at, size))
            out += f.read(n)
    return out


def check_pieces(program: Path, disk: Disk, name: str, pieces: list[tuple[int, int]]) -> None:
    done = hosted.cat(program, disk.image, f"/{name}", *(n for piece in pieces for n in piece))
    assert not done.errors
    assert done.out == read_pieces(disk.files[name], pieces)


@pytest.mark.parametrize("name", ["direct", "single", "double"])
def test_the_block_map_changes_its_height_in_the_right_place(step, host_load, disk, name):
    """One block before, at and behind the last direct, single and double indirect block."""
    at = boundaries(disk.block_size)[name] * disk.block_size
    check_pieces(host_load, disk, f"around {name}", [
        (at - 3 * disk.block_size, 7 * disk.block_size), (at - 1, 2), (at, 1), (0, 100)])


@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
def test_files_over_4_gib_are_read_at_their_true_offsets(step, host_load, tmp_path, block_size):
    disk = Disk(tmp_path / "image", block_size)
    disk.files["file"] = sparse(
        tmp_path / "file", 5 * GIB + 123,
        {at: pattern(100) for at in (0, 2 * GIB - 50, 4 * GIB - 50, 5 * GIB + 23)})
    make_image(disk.image, {"/file": disk.files["file"]}, block_size=block_size, size_mib=8)
    check_pieces(host_load, disk, "file", [
        (0, 200), (2 * GIB - 99, 200), (4 * GIB - 99, 200), (5 * GIB, 5000), (6 * GIB, 10)])


def test_reading_behind_the_end_gives_nothing(step, host_load, disk):
    check_pieces(host_load, disk, "one block", [
        (disk.block_size, 100), (2**63, 100), (2**64 - 101, 100), (disk.block_size - 1, 100)])


def test_real_files_read_as_debugfs_dumps_them(step, host_load, disk_format, tmp_path):
    library = Path(random.__file__).parent
    files = {f"/usr/lib/{name}": library / name for name in ("random.py", "typing.py", "enum.py")}
    files["/bin/python"] = Path(sys.executable).resolve()
    make_image(tmp_path / "image", files, **disk_format)
    for file in files:
        extract(tmp_path / "image", file, tmp_path / "dump")
        assert hosted.cat(host_load, tmp_path / "image", file).out == (tmp_path / "dump").read_bytes()


# --- names -------------------------------------------------------------------------------------


DEEP = "/".join(f"directory{i}" for i in range(60))
LONG = "n" * 255


@pytest.fixture(scope="session", params=["4 KiB", "revision 0"])
def names(request, tmp_path_factory) -> Path:
    """An image in which every path that leads to a file leads to the bytes "found"."""
    image = tmp_path_factory.mktemp("names") / "image"
    files = {
        "/file": b"found",
        "/dir/file": b"found",
        f"/{DEEP}/file": b"found",
        f"/{LONG}/{LONG}": b"found",
        "/fast": Link("dir/file"),
        "/absolute": Link("/dir/file"),
        "/dir/up": Link("../file"),
        "/to dir": Link("dir"),
        "/to root": Link("/"),
        "/slashes": Link("//dir///file"),
        "/59": Link("./" * 27 + "/file"),
        "/60": Link("./" * 28 + "file"),
        "/61": Link("./" * 28 + "/file"),
        "/900": Link("./" * 448 + "file"),
        "/dangling": Link("nowhere"),
        "/self": Link("self"),
        "/loop a": Link("loop b"),
        "/loop b": Link("dir/../loop a"),
    }
    files |= {f"/chain{i}": Link(f"chain{i - 1}" if i > 1 else "file") for i in range(1, 42)}
    # Each of these leaves its 900 bytes to be walked behind the next one's.
    files |= {f"/grow{i}": Link(f"grow{i + 1}/" + "./" * 445) for i in range(1, 7)}
    make_image(image, files, size_mib=16, **FORMATS[request.param])
    return image


@pytest.mark.parametrize("path", [
    "/file", "file", "dir/file", "//dir///file", "/dir/./../dir/file", "/dir/../../../file",
    f"/{DEEP}/file", f"/{DEEP}{'/..' * 60}/file", f"/{LONG}/{LONG}", "/" + "./" * 2000 + "file",
    "/fast", "/absolute", "/dir/up", "/to dir/file", "/to dir/up", "/to dir/../file",
    "/to root/file", "/slashes", "/59", "/60", "/61", "/900", "/chain1", "/chain40"], ids=lambda p: p[:20])
def test_a_path_leads_to_its_file(step, host_load, names, path):
    done = hosted.cat(host_load, names, path)
    assert not done.errors
    assert done.out == b"found"


@pytest.mark.parametrize("path, error", [
    ("/nowhere", "ENOENT"), ("/fil", "ENOENT"), ("/filee", "ENOENT"), ("/FILE", "ENOENT"),
    ("/nowhere/file", "ENOENT"), ("/dangling", "ENOENT"), ("/" + "n" * 254, "ENOENT"),
    ("", "ENOENT"), ("/file/x", "ENOTDIR"), ("/file/", "ENOTDIR"), ("/file/..", "ENOTDIR"),
    ("/dir/up/", "ENOTDIR"), ("/", "EISDIR"), ("/dir", "EISDIR"), ("/to dir", "EISDIR"),
    ("/to dir/", "EISDIR"), ("/self", "ELOOP"), ("/loop a", "ELOOP"), ("/chain41", "ELOOP"),
    ("/" + "n" * 256, "ENAMETOOLONG"), ("/" + "./" * 2047 + "file", "ENAMETOOLONG"),
    ("/grow1", "ENAMETOOLONG")], ids=lambda p: p[:20])
def test_a_path_that_leads_nowhere_is_named_with_the_reason(step, host_load, names, path, error):
    done = hosted.cat(host_load, names, path)
    assert len(done.errors) == 1
    assert done.errors[0].startswith(f"{path[:400]}") and f"({error}: " in done.errors[0]


def debugfs(image: Path, *commands: str) -> str:
    done = subprocess.run(["debugfs", "-w", "-f", "-", image], input="\n".join(commands),
                          capture_output=True, text=True, check=True)
    return done.stdout


def test_what_is_neither_file_nor_directory_is_refused(step, host_load, tmp_path):
    make_image(tmp_path / "image", {})
    debugfs(tmp_path / "image", "mknod pipe p", "mknod tty c 4 64")
    for name in ("/pipe", "/tty"):
        assert f"{name}: not a regular file" in hosted.cat(host_load, tmp_path / "image", name).errors[0]


NLINKS = 2500  # more than the inodes of one group, and 600 blocks of 1 KiB


@pytest.fixture(scope="session")
def crowd(tmp_path_factory) -> dict[str, Path]:
    """A directory of many long names: as debugfs made it, and with a hash tree over it."""
    folder = tmp_path_factory.mktemp("crowd")
    files = {"/file": b"found"} | {f"/d/{i:05}{LONG[5:]}": Link("/file") for i in range(NLINKS)}
    make_image(folder / "linear", files, size_mib=32)
    (folder / "hashed").write_bytes((folder / "linear").read_bytes())
    subprocess.run(["e2fsck", "-fyD", folder / "hashed"], capture_output=True)
    assert "Root node dump" in debugfs(folder / "hashed", "htree_dump /d")
    return {kind: folder / kind for kind in ("linear", "hashed")}


@pytest.mark.parametrize("kind", ["linear", "hashed"])
def test_a_directory_of_hundreds_of_blocks_is_searched_to_its_end(step, host_load, crowd, kind):
    for i in (0, 1, NLINKS // 2, NLINKS - 1):
        assert hosted.cat(host_load, crowd[kind], f"/d/{i:05}{LONG[5:]}").out == b"found"
    assert "ENOENT" in hosted.cat(host_load, crowd[kind], f"/d/{NLINKS:05}{LONG[5:]}").errors[0]


def test_the_last_inode_of_a_group_and_the_first_of_the_next_are_found(step, host_load, crowd):
    per_group = Ext2(crowd["linear"].read_bytes()).inodes_per_group
    found = debugfs(crowd["linear"], f"ncheck {per_group} {per_group + 1}").splitlines()
    paths = [line.split("\t")[1] for line in found if line.startswith(f"{per_group // 10}")]
    assert len(paths) == 2
    for path in paths:
        assert hosted.cat(host_load, crowd["linear"], path).out == b"found"


# --- which file systems are read ---------------------------------------------------------------


@pytest.fixture
def plain(tmp_path) -> Path:
    """A small image that every step reads."""
    make_image(tmp_path / "plain", {"/file": b"found", "/large": pattern(300000)})
    return tmp_path / "plain"


def put(image: Path, offset: int, code: str, value: int) -> None:
    data = bytearray(image.read_bytes())
    struct.pack_into("<" + code, data, offset, value)
    image.write_bytes(data)


INCOMPAT = SUPER + 96
FEATURES = {0x1: "compression", 0x4: "needs_recovery", 0x8: "journal_dev", 0x10: "meta_bg",
            0x100: "mmp", 0x400: "ea_inode", 0x1000: "dirdata", 0x4000: "large_dir",
            0x8000: "inline_data", 0x10000: "encrypt", 0x20000: "casefold", 0x400000: "0x400000"}


@pytest.mark.parametrize("bit", FEATURES, ids=FEATURES.values())
def test_a_feature_that_cannot_be_read_is_refused_by_name(step, host_load, plain, bit):
    put(plain, INCOMPAT, "I", 0x2 | bit)
    done = hosted.cat(host_load, plain, "/file")
    assert len(done.errors) == 1 and FEATURES[bit] in done.errors[0]


def test_every_unreadable_feature_is_named_at_once(step, host_load, plain):
    put(plain, INCOMPAT, "I", 0xffffffff)
    message = hosted.cat(host_load, plain, "/file").errors[0]
    assert all(name in message for name in list(FEATURES.values())[:-1])
    assert "EOPNOTSUPP" in message


def test_extents_are_read_or_refused_by_name(step, host_load, tmp_path):
    make_image(tmp_path / "image", {"/file": pattern(300000)}, type="ext4")
    done = hosted.cat(host_load, tmp_path / "image", "/file")
    assert done.out == pattern(300000) or "extent" in done.errors[0]


def test_a_revision_0_disk_has_no_features_whatever_stands_there(step, host_load, tmp_path):
    make_image(tmp_path / "image", {"/file": b"found"}, revision=0)
    put(tmp_path / "image", INCOMPAT, "I", 0xffffffff)
    assert hosted.cat(host_load, tmp_path / "image", "/file").out == b"found"


def test_descriptors_of_64_bytes_are_read(step, host_load, crowd, tmp_path):
    """The 64bit feature, made by hand: its descriptors are longer and lie further apart."""
    data = bytearray(crowd["linear"].read_bytes())
    fs = Ext2(bytes(data))
    ngroups = fs.nblocks // 8192
    assert ngroups > 2
    table = [data[fs.groups + 32 * i:][:32] for i in range(ngroups)]
    for i, desc in enumerate(table):
        data[fs.groups + 64 * i:fs.groups + 64 * (i + 1)] = desc + bytes(32)
    struct.pack_into("<I", data, INCOMPAT, 0x2 | 0x80 | 0x200)
    struct.pack_into("<H", data, SUPER + 254, 64)
    (tmp_path / "image").write_bytes(data)
    last = f"/d/{NLINKS - 1:05}{LONG[5:]}"
    assert hosted.cat(host_load, tmp_path / "image", last).out == b"found"


@pytest.mark.parametrize("size", [0, 511, 512, 1024, 1536, 2047])
def test_a_disk_too_small_for_a_superblock_is_refused(step, host_load, plain, size):
    plain.write_bytes(plain.read_bytes()[:size])
    assert hosted.cat(host_load, plain, "/file").errors


@pytest.mark.parametrize("offset, code, value, reason", [
    (SUPER + 56, "H", 0, "no file system here: the magic number is 0x0000"),
    (SUPER + 76, "I", 2, "revision 2"),
    (SUPER + 24, "I", 3, "blocks of 8 KiB, and not of 1, 2 or 4"),
    (SUPER + 24, "I", 7, "superblock, byte 24: blocks of 2^(10 + 7) bytes"),
    (SUPER + 24, "I", 2**31, "superblock, byte 24: blocks of 2^(10 + 2147483648) bytes"),
    (SUPER + 4, "I", 8193, "8193 blocks of 1024 bytes on a device for 8192"),
    (SUPER + 4, "I", 0, "the first of 0 blocks"),
    (SUPER + 20, "I", 0, "the first of 8192 blocks is number 0"),
    (SUPER + 32, "I", 0, "groups of 0 blocks"),
    (SUPER + 40, "I", 0, "groups of 8192 blocks and 0 inodes"),
    (SUPER + 0, "I", 2**32 - 1, "4294967295 inodes in 1 groups"),
    (SUPER + 88, "H", 0, "inodes of 0 bytes"),
    (SUPER + 88, "H", 192, "inodes of 192 bytes"),
    (SUPER + 88, "H", 2048, "inodes of 2048 bytes"),
    (2048 + 8, "I", 8192, "group 0: its inodes begin at block 8192 of 8192"),
    (2048 + 8, "I", 0, "group 0: its inodes begin at block 0 of 8192"),
], ids=lambda v: v if isinstance(v, str) and len(v) > 1 else "")
def test_a_superblock_that_cannot_be_is_refused(step, host_load, plain, offset, code, value, reason):
    put(plain, offset, code, value)
    done = hosted.cat(host_load, plain, "/file")
    assert len(done.errors) == 1 and reason in done.errors[0]


# --- damage is named where it is ----------------------------------------------------------------


def damaged(step_program: Path, image: Path, path: str, offset: int, code: str, value: int) -> str:
    put(image, offset, code, value)
    done = hosted.cat(step_program, image, path)
    assert len(done.errors) == 1
    return done.errors[0]


@pytest.mark.parametrize("field, code, value, reason", [
    (4, "H", 0, "its length cannot be"), (4, "H", 4, "its length cannot be"),
    (4, "H", 18, "its length cannot be"), (4, "H", 65532, "it goes past the end of the block"),
    (4, "H", 996, "its head goes past the end of the block"),
    (6, "B", 255, "its name is longer than itself")])
def test_a_damaged_entry_is_named_with_its_directory(step, host_load, plain, field, code, value, reason):
    fs = Ext2(plain.read_bytes())
    at, _ = fs.entries(2)[b"lost+found"]
    message = damaged(host_load, plain, "/nowhere", at + field, code, value)
    assert "directory inode 2, block 0: the entry at " in message and reason in message
    assert "EUCLEAN" in message


@pytest.mark.parametrize("field, code, value, reason", [
    (0, "H", 0, "is not in use"),
    (4, "I", 1000, "1000 bytes in 2 sectors"),
    (4, "I", 1 << 31, "2147483648 bytes in 2 sectors"),
    (28, "I", 1, "1024 bytes in 1 sectors"),
    (32, "I", 0x80000, "has extents, the file system has not"),
    (32, "I", 0x10000000, "has inline data, the file system has not"),
    (40, "I", 0, "block 0 is a hole"),
    (40, "I", 8192, "to its block 0 stands disk block 8192 of 8192"),
    (40, "I", 2**32 - 1, "to its block 0 stands disk block 4294967295 of 8192"),
])
def test_a_damaged_directory_inode_is_named(step, host_load, plain, field, code, value, reason):
    fs = Ext2(plain.read_bytes())
    message = damaged(host_load, plain, "/file", fs.inode(2) + field, code, value)
    assert "inode 2" in message and reason in message and "EUCLEAN" in message


def test_an_inode_number_past_the_last_is_named(step, host_load, plain):
    at, _ = Ext2(plain.read_bytes()).entries(2)[b"file"]
    assert "inode 999999: there are only 2048" in damaged(host_load, plain, "/file", at, "I", 999999)


def test_a_size_that_no_block_map_can_hold_is_refused(step, host_load, plain):
    fs = Ext2(plain.read_bytes())
    inode = fs.inode(fs.entries(2)[b"file"][1])
    message = damaged(host_load, plain, "/file", inode + 108, "I", 0x7fffffff)
    assert "are more than a file can have" in message


@pytest.mark.parametrize("number", [8192, 2**32 - 1])
def test_an_indirect_block_that_points_off_the_disk_is_named(step, host_load, plain, number):
    fs = Ext2(plain.read_bytes())
    ino = fs.entries(2)[b"large"][1]
    message = damaged(host_load, plain, "/large", fs.pointers(ino)[12] * 1024 + 4 * 7, "I", number)
    assert f"inode {ino}: on the way to its block 19 stands disk block {number} of 8192" in message


def test_an_indirect_block_off_the_disk_is_named(step, host_load, plain):
    fs = Ext2(plain.read_bytes())
    ino = fs.entries(2)[b"large"][1]
    message = damaged(host_load, plain, "/large", fs.inode(ino) + 40 + 4 * 13, "I", 10**9)
    assert f"inode {ino}: on the way to its block 268 stands disk block 1000000000" in message


def test_a_link_of_zero_bytes_is_refused(step, host_load, tmp_path):
    make_image(tmp_path / "image", {"/link": Link("file")})
    fs = Ext2((tmp_path / "image").read_bytes())
    at = fs.inode(fs.entries(2)[b"link"][1])
    assert "an empty symbolic link" in damaged(host_load, tmp_path / "image", "/link", at + 4, "I", 0)


# --- what others' disks have -----------------------------------------------------------------------


def change_inode(image: Path, path: str, **fields: int) -> None:
    commands = "\n".join(f"sif {path} {name} {value}" for name, value in fields.items())
    done = subprocess.run(["debugfs", "-w", "-f", "-", image], input=commands, text=True,
                          capture_output=True, check=True)
    assert not done.stderr.partition("\n")[2], done.stderr


TARGET = "dir/../" * 10 + "file"


def with_links(image: Path, type: str) -> None:
    make_image(image, {"/file": b"found", "/dir": None, "/slow": Link(TARGET),
                       "/fast": Link("./file")}, type=type)


@pytest.mark.parametrize("cut, path", [("dir/../dir", "/slow/../file"), ("dir/..", "/slow/file")])
def test_a_short_target_in_a_block_is_followed(step, host_load, tmp_path, cut, path):
    """As Linux does; what stands in the inode is the block's number."""
    with_links(tmp_path / "image", "ext4" if step.number >= 110 else "ext2")
    change_inode(tmp_path / "image", "/slow", size=len(cut))
    assert hosted.cat(host_load, tmp_path / "image", path).out == b"found"


def test_a_fast_link_with_attributes_is_followed(step, host_load, tmp_path):
    """SELinux gives each link a block of them, which is counted among its blocks."""
    with_links(tmp_path / "image", "ext2")
    change_inode(tmp_path / "image", "/fast", blocks=2, file_acl=500)
    assert hosted.cat(host_load, tmp_path / "image", "/fast").out == b"found"


@pytest.mark.parametrize("path", ["/file", "/dir", "/fast", "/slow"])
def test_a_deleted_inode_that_a_name_leads_to_is_refused(step, host_load, tmp_path, path):
    """Its blocks may be another file's by now. Linux: "deleted inode referenced"."""
    with_links(tmp_path / "image", "ext2")
    change_inode(tmp_path / "image", path, links_count=0, dtime=1700000000)
    done = hosted.cat(host_load, tmp_path / "image", path if path != "/dir" else "/dir/../file")
    assert len(done.errors) == 1
    assert "is deleted, and still has a name (EUCLEAN" in done.errors[0]
