"""ext4 as other tools make it: what it may have, is read, or refused by its name."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

import elf_files
import extents
import hosted
import layout
from elf_files import Segment, pattern
from kernel.measured import emulator, machine
from kernel.measured.images import Link, extract, make_image

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
LONG = "n" * 200  # a link of this many bytes is no fast one

# --- features ----------------------------------------------------------------------------------

# A reader need not care: tables lie elsewhere, counts are larger, somebody keeps checksums.
HARMLESS = ["has_journal", "^resize_inode", "^resize_inode,sparse_super2", "metadata_csum",
            "metadata_csum,metadata_csum_seed", "uninit_bg", "quota", "quota,project",
            "has_journal,orphan_file", "has_journal,fast_commit", "stable_inodes", "verity"]
HARMLESS_WITH_EXTENTS = ["64bit", "bigalloc", "^flex_bg", "64bit,metadata_csum,has_journal"]
REFUSED = ["meta_bg", "ea_inode", "large_dir", "inline_data", "encrypt", "casefold"]
FILES = {"/dir/file": pattern(300 * KIB), "/link": Link("dir/" + LONG),
         f"/dir/{LONG}": Link("/dir/file"), "/tiny": b"found"}


def read_all(program: Path, image: Path) -> None:
    done = hosted.run(program, "--cat", image, "/link", "/tiny")
    assert not done.errors
    assert done.out == FILES["/dir/file"] + FILES["/tiny"]


def check_refused(program: Path, image: Path, feature: str) -> None:
    done = hosted.cat(program, image, "/tiny")
    assert len(done.errors) == 1 and "EOPNOTSUPP" in done.errors[0]
    assert feature in done.errors[0].partition("cannot read:")[2]


def image_with(path: Path, type: str, block_size: int, features: str) -> Path:
    # meta_bg keeps its descriptors where resize_inode would have room for more
    features = "^resize_inode,meta_bg" if features == "meta_bg" else features
    make_image(path, FILES, type=type, block_size=block_size, features=features, size_mib=32)
    return path


@pytest.fixture(scope="session", params=HARMLESS)
def harmless(request, tmp_path_factory) -> Path:
    return image_with(tmp_path_factory.mktemp("feature") / "image", "ext2", 4096, request.param)


def test_a_feature_that_only_a_writer_needs_is_no_hindrance(step, host_load, harmless):
    read_all(host_load, harmless)


@pytest.mark.from_step(110)
@pytest.mark.parametrize("block_size", [1024, 4096])
@pytest.mark.parametrize("features", [f for f in HARMLESS if f != "verity"] + HARMLESS_WITH_EXTENTS)
def test_neither_is_it_beside_extents(step, host_load, tmp_path, features, block_size):
    """But verity, which mke2fs only makes with blocks of 4 KiB."""
    read_all(host_load, image_with(tmp_path / "image", "ext4", block_size, features))


@pytest.mark.from_step(110)
@pytest.mark.parametrize("feature", REFUSED)
def test_a_file_system_that_must_be_read_in_another_way_is_refused(step, host_load, tmp_path, feature):
    check_refused(host_load, image_with(tmp_path / "image", "ext4", 4096, feature), feature)


def mke2fs(image: Path, *options: str) -> None:
    """ext4 with the machine's own defaults: a journal, 64 bits, checksums, …"""
    env = {k: v for k, v in os.environ.items() if k != "MKE2FS_CONFIG"}
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", *options[:-1], image, options[-1]],
                   check=True, env=env)


def debugfs(image: Path, *commands: str) -> None:
    done = subprocess.run(["debugfs", "-w", "-f", "-", image], input="\n".join(commands),
                          capture_output=True, text=True, check=True)
    assert not done.stderr.partition("\n")[2], done.stderr


@pytest.mark.parametrize("size", ["16M", "200M"])
def test_what_mke2fs_makes_unasked_is_read_from_extents_on(step, host_load, tmp_path, size):
    image, file = tmp_path / "image", tmp_path / "file"
    file.write_bytes(FILES["/dir/file"])
    mke2fs(image, size)
    debugfs(image, f"write {file} tiny")
    if step.number < 110:
        check_refused(host_load, image, "extent")
    else:
        assert hosted.cat(host_load, image, "/tiny").out == FILES["/dir/file"]


@pytest.mark.from_step(110)
def test_inodes_of_every_group_are_found(step, host_load, tmp_path):
    """Four groups, which keep all their inodes in the first; 16 of them each."""
    image, files = tmp_path / "image", [f"file{i}" for i in range(45)]
    mke2fs(image, "-b", "1024", "-N", "64", "32M")
    for i, name in enumerate(files):
        (tmp_path / name).write_bytes(pattern(100, i))
    debugfs(image, *(f"write {tmp_path / name} {name}" for name in files))
    assert int(layout.debugfs(image, "stat /file44").split()[1]) > 3 * 16, "not in the last group"
    done = hosted.run(host_load, "--cat", image, *(f"/{name}" for name in files))
    assert done.out == b"".join(pattern(100, i) for i in range(45))


@pytest.mark.from_step(110)
def test_a_hashed_directory_with_checksums_is_searched_to_its_end(step, host_load, tmp_path):
    image, names = tmp_path / "image", [f"{i:04}{LONG}" for i in range(1000)]
    mke2fs(image, "-b", "1024", "-N", "2000", "32M")
    debugfs(image, "mkdir d", "cd d", *(f"symlink {name} /d/../target" for name in names))
    (tmp_path / "file").write_bytes(b"found")
    debugfs(image, f"write {tmp_path / 'file'} target")
    subprocess.run(["e2fsck", "-fyD", image], capture_output=True)
    assert "Root node dump" in layout.debugfs(image, "htree_dump /d")
    done = hosted.run(host_load, "--cat", image, *(f"/d/{name}" for name in names[::100]))
    assert done.out == b"found" * 10
    assert "ENOENT" in hosted.cat(host_load, image, f"/d/1000{LONG}").errors[0]


@pytest.mark.from_step(110)
def test_links_of_any_length_are_followed(step, host_load, tmp_path):
    """In the inode up to 59 bytes, in a block with an extent above."""
    lengths = [6, 58, 59, 60, 61, 500, 1022]
    links = {f"/{n}": Link("/" * (n - 4) + "file") for n in lengths}
    make_image(tmp_path / "image", {"/file": b"found"} | links, type="ext4")
    done = hosted.run(host_load, "--cat", tmp_path / "image", *links)
    assert not done.errors and done.out == b"found" * len(lengths)


# --- trees -------------------------------------------------------------------------------------


def in_pieces(path: Path, block_size: int, npieces: int) -> Path:
    """A program of so many blocks, with holes of one block between them, and a page or two more."""
    data = bytearray(pattern(2 * npieces * block_size, npieces))
    for i in range(npieces):
        data[(2 * i + 1) * block_size:(2 * i + 2) * block_size] = bytes(block_size)
    path.write_bytes(elf_files.make([
        Segment(0x400123, bytes(data), offset=4 * block_size),
        Segment(0x40000000, pattern(5000), memsz=20000, prot="rw")]))
    return path


# As many extents as need a tree of this depth: 4 in the inode, 84, 169 or 340 in a node.
TREES = [(1024, 1, 0), (2048, 1, 0), (4096, 1, 0), (1024, 80, 1), (2048, 160, 1), (4096, 330, 1),
         (1024, 400, 2), (2048, 750, 2), (4096, 1500, 2)]


@pytest.mark.from_step(110)
@pytest.mark.parametrize("block_size, npieces, depth", TREES)
def test_a_file_below_a_tree_of_any_depth_is_read_and_loaded(
        step, host_load, tmp_path, block_size, npieces, depth):
    image, file = tmp_path / "image", in_pieces(tmp_path / "file", block_size, npieces)
    make_image(image, {"/program": file}, type="ext4", block_size=block_size)
    assert layout.tree(image, "/program")[0] == depth
    extract(image, "/program", tmp_path / "dump")
    assert hosted.cat(host_load, image, "/program").out == (tmp_path / "dump").read_bytes()
    assert hosted.load(host_load, image).pages == elf_files.expected_pages(file)


@pytest.mark.from_step(110)
@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_nodes_may_stand_in_as_many_levels_as_the_format_allows(
        step, host_load, tmp_path, depth, block_size):
    """Of directories, and of a link that is no fast one, as well as of files."""
    image, file = tmp_path / "image", in_pieces(tmp_path / "file", block_size, 1)
    make_image(image, {f"/dir/{LONG}": file, "/link": Link("dir/" + LONG),
                       **{f"/spare{i}": bytes(range(1, 256)) * 200 for i in range(3)}},
               type="ext4", block_size=block_size)
    for path, spare in ((f"/dir/{LONG}", 0), ("/dir", 1), ("/link", 2)):
        extents.plant(image, path, depth, f"/spare{spare}")
    assert layout.tree(image, f"/dir/{LONG}")[0] == depth
    done = hosted.run(host_load, image, "/link")
    assert done.pages == elf_files.expected_pages(file)
    extract(image, f"/dir/{LONG}", tmp_path / "dump")
    assert hosted.cat(host_load, image, "/link").out == (tmp_path / "dump").read_bytes()


@pytest.mark.from_step(110)
@pytest.mark.parametrize("block_size", [1024, 4096])
def test_a_file_of_extents_over_4_gib_is_read_at_its_true_offsets(
        step, host_load, tmp_path, block_size):
    image, file, places = tmp_path / "image", tmp_path / "file", (0, 4 * GIB - 50, 5 * GIB + 23)
    with open(file, "wb") as f:
        for i, at in enumerate(places):
            f.seek(at)
            f.write(pattern(100, i))
    make_image(image, {"/file": file}, type="ext4", block_size=block_size, size_mib=8)
    done = hosted.cat(host_load, image, "/file", *(n for at in places for n in (at, 200)))
    assert done.out == b"".join(pattern(100, i) + bytes(100 if i < 2 else 0) for i in range(3))


# --- entries that contradict each other --------------------------------------------------------

NBLOCKS = 8 * MIB // 1024
FAR = 2**32 - 3


def swapped(entries: list[bytes]) -> list[bytes]:
    return [entries[1], entries[0], *entries[2:]]


def twice(entries: list[bytes]) -> list[bytes]:
    return [entries[0], entries[0], *entries[1:]]


def first_later(entries: list[bytes]) -> list[bytes]:
    return [extents.moved(entries[0], 1), *entries[1:]]


def and_one(block: int, length: int, place: int = 100):
    return lambda entries: [*entries, extents.extent(block, length, place)]


IN_A_LEAF = {
    "in the wrong order": (swapped, "before the end of the one before it"),
    "the same one twice": (twice, "before the end of the one before it"),
    "one that begins within another": (
        lambda entries: [extents.extent(0, 3, 100), *entries[1:]],
        "before the end of the one before it"),
}
IN_THE_LAST_LEAF = {  # which is the root here
    "data up to the last block that a file can have and one more": (
        and_one(FAR, 3), "ends behind the last block"),
    "no data, and just as far": (
        and_one(FAR, extents.UNWRITTEN + 3), "ends behind the last block"),
    "data beyond the disk": (and_one(99, 2, NBLOCKS - 1), "a run past the end of the disk"),
    "no data, beyond the disk": (
        and_one(99, extents.UNWRITTEN + 2, NBLOCKS - 1), "a run past the end of the disk"),
    "no data, and no place": (
        and_one(99, extents.UNWRITTEN + 2, 0), "an extent without blocks"),
}
IN_A_NODE = {
    "in the wrong order": (swapped, "before the end of the one before it"),
    "the same one twice": (twice, "before the end of the one before it"),
    "the second beyond the disk": (
        lambda entries: [entries[0], extents.BELOW.pack(4, NBLOCKS, 0, 0)],
        "a node past the end of the disk"),
    "the second leads nowhere": (
        lambda entries: [entries[0], extents.BELOW.pack(4, 0, 0, 0)], "leads nowhere"),
}
BELOW_A_NODE = {  # a leaf; its first entry is bound by the one above
    "in the wrong order": (swapped, "begins elsewhere than the one above says"),
    "begins later than the node says": (first_later, "begins elsewhere than the one above says"),
    "ends where the next one has begun": (
        lambda entries: [entries[0], extents.extent(2, 3, 100)], "ends behind the last block"),
}
# level of the damaged node, depth of the whole tree
CONTRADICTIONS = {
    f"{where}: {name}": (level, depth, *what)
    for where, level, depth, damages in [
        ("the inode", 0, 0, IN_A_LEAF | IN_THE_LAST_LEAF),
        ("a leaf", 0, 1, IN_A_LEAF | BELOW_A_NODE), ("a deep leaf", 0, 3, IN_A_LEAF | BELOW_A_NODE),
        ("the root", 1, 1, IN_A_NODE),
        ("a node", 1, 2, IN_A_NODE | {"in the wrong order": BELOW_A_NODE["in the wrong order"]})]
    for name, what in damages.items()}


PIECES = range(0, 5, 2)  # blocks of the program's file that have data


def three_pieces(image: Path, depth: int) -> bytes:
    """A program whose file has holes between its blocks, and so many nodes above its extents."""
    data = bytearray(elf_files.make([Segment(0x400400, pattern(4 * KIB), offset=KIB)]))
    for hole in (1, 3):
        data[hole * KIB:(hole + 1) * KIB] = bytes(KIB)
    make_image(image, {"/program": bytes(data), "/spare": pattern(20 * KIB)}, type="ext4")
    extents.plant(image, "/program", depth, "/spare")
    return bytes(data)


@pytest.mark.from_step(110)
@pytest.mark.parametrize("level, depth, damage, says", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_contradicts_itself_is_refused_and_never_read_as_zeroes(
        step, host_load, tmp_path, level, depth, damage, says):
    """Whichever block is asked for: it is refused, or does not depend on what is wrong."""
    image = tmp_path / "image"
    file = three_pieces(image, depth)
    assert hosted.cat(host_load, image, "/program").out == file, "the undamaged one"
    extents.change(image, "/program", level, damage)
    for done in (hosted.cat(host_load, image, "/program"), hosted.load(host_load, image)):
        assert done.errors and says in done.errors[0] and "EUCLEAN" in done.errors[0]
        assert len(done.errors) == 1 and re.search(r"(inode|block \d+), byte \d+: ", done.errors[0])
    for block in PIECES:
        done = hosted.cat(host_load, image, "/program", block * KIB, KIB)
        assert done.errors or done.out == file[block * KIB:(block + 1) * KIB], f"block {block}"


@pytest.mark.from_step(110)
@pytest.mark.parametrize("which", ["the inode: no data, beyond the disk",
                                   "a leaf: in the wrong order", "the root: in the wrong order"])
def test_neither_is_it_by_the_kernel_that_boots(step, kernel_elf, tmp_path, which):
    level, depth, damage, says = CONTRADICTIONS[which]
    three_pieces(tmp_path / "image", depth)
    extents.change(tmp_path / "image", "/program", level, damage)
    run = emulator.run(kernel_elf, tmp_path / "image", ["load=/program", "touch=100"],
                     machine.golden_conditions(), memory_mib=64, limit_seconds=60)
    assert run.exit == emulator.REPORTED and says in run.errors[0], run.why_not()


@pytest.mark.from_step(110)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_room_that_was_taken_beyond_the_end_of_a_file_is_no_contradiction(
        step, host_load, tmp_path, depth):
    """As fallocate(2) does it for who keeps the size: the tree goes on where the file does not."""
    file = three_pieces(tmp_path / "image", 0)
    extents.change(tmp_path / "image", "/program", 0, and_one(1000, extents.UNWRITTEN + 2000))
    extents.plant(tmp_path / "image", "/program", depth, "/spare")
    assert hosted.cat(host_load, tmp_path / "image", "/program").out == file
