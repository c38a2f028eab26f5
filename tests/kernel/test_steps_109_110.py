"""What steps 109 and 110 claim, as exact relations between counts, the file and its disk."""
from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import elf_files
import hosted
import layout
from elf_files import pattern
from measure import build
from kernel.measured import emulator, machine
from kernel.measured.emulator import Run
from kernel.measured.images import make_image
from kernel.measured.pages import compare, expected_pages
from kernel.measured.programs import PAGE, elf_from_seed, load_segments
from mutate import Damage
from of_steps import at, only_before

KIB = 1024
SIZE = 2048 * KIB + 1234
MEMORY_MIB = 64
SECONDS = 60
SECTOR = 512
OF_MOUNTING = 1  # request: the superblock
NREQS = 32       # in one list
NMUTATIONS = 200

Boot = Callable[..., Run]


@pytest.fixture
def boot(kernel_elf: Path) -> Boot:
    def run(image: Path, *words: str, kernel_elf: Path = kernel_elf, drive: str | None = None) -> Run:
        return emulator.run(kernel_elf, image, ["load=/program", *words],
                          machine.golden_conditions(), MEMORY_MIB, limit_seconds=SECONDS,
                          drive=drive)
    return run


def check_pages(run: Run, file: Path) -> None:
    run.check(file.name)
    wrong = compare(expected_pages(file), run.pages, load_segments(file))
    assert not wrong, "\n".join(wrong[:10])


# --- 109: in flight -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def holey(tmp_path_factory) -> Path:
    """A disk whose /program has a dozen holes in its code, so its list is a dozen requests long."""
    folder = tmp_path_factory.mktemp("in-flight")
    elf_from_seed(folder / "program", SIZE, seed=109,
                  zeroes=[(600 * KIB + i * 90 * KIB, 20 * KIB) for i in range(12)])
    make_image(folder / "image", {"/program": folder / "program"}, block_size=4096)
    return folder / "image"


@at(109, 110)
def test_a_list_is_one_notification(step, boot, holey):
    """Metadata is asked for block by block, and each segment's runs are one list."""
    counted = boot(holey).check("in flight").counters
    lists = len(load_segments(holey.parent / "program"))
    assert counted["virtio.kicks"] == OF_MOUNTING + counted["cache.misses"] + lists
    assert counted["virtio.kicks"] < counted["virtio.requests"]


@at(109, 110)
def test_the_requests_of_a_list_are_in_flight_together(step, boot, holey):
    assert 12 < boot(holey).check("in flight").counters["virtio.in_flight"] <= NREQS


@at(109, 110)
def test_the_device_is_asked_for_the_same_as_before_and_qemu_agrees(step, boot, holey):
    run = boot(holey).check("in flight")
    older = build.make("kernel", "build/108", "STEP=108") / "kernel.elf"
    before = boot(holey, kernel_elf=older).check("one by one")
    for ours, qemus in (("virtio.requests", "rd_operations"), ("virtio.bytes", "rd_bytes")):
        assert run.counters[ours] == before.counters[ours] == run.outsider[qemus]


@at(109, 110)
def test_a_list_of_more_requests_than_may_be_in_flight_loads_right(step, boot, tmp_path):
    file = fragmented(tmp_path / "program", 4096, 200)
    make_image(tmp_path / "image", {"/program": file}, block_size=4096)
    run = boot(tmp_path / "image", "verify=1")
    check_pages(run, file)
    assert run.counters["virtio.in_flight"] == NREQS


POOR = ["-global", "virtio-blk-device.indirect_desc=off",
        "-global", "virtio-blk-device.event_idx=off"]


@pytest.mark.from_step(109)
def test_a_device_without_tables_and_event_index_loads_right(step, boot, holey, monkeypatch):
    rich = boot(holey, "verify=1")
    usual = emulator.machine_options(machine.golden_conditions())
    monkeypatch.setattr(emulator, "machine_options", lambda conditions: usual + POOR)
    poor = boot(holey, "verify=1")
    check_pages(poor, holey.parent / "program")
    agreed = [next(s for s in run.said if "features" in s) for run in (rich, poor)]
    assert "features 0x130000060" in agreed[0] and "features 0x100000060" in agreed[1]
    for same in ("virtio.requests", "virtio.bytes", "virtio.kicks"):
        assert rich.counters[same] == poor.counters[same]


def unreadable(tmp_path: Path, image: Path, sector: int) -> str:
    """A drive one sector of which does not read."""
    rules = tmp_path / "blkdebug"
    rules.write_text('[inject-error]\nevent = "read_aio"\nerrno = "5"\n'
                     f'sector = "{sector}"\nonce = "off"\n')
    return (f"if=none,id=disk,readonly=on,driver=raw,file.driver=blkdebug,file.config={rules},"
            f"file.image.driver=file,file.image.filename={image}")


def named_ranges(run: Run) -> list[range]:
    """The sectors that the error messages speak of."""
    said = re.compile(r"sector (\d+): the device reports an error in it or in the (\d+) sectors")
    found = [m for e in run.errors for m in said.finditer(e)]
    return [range(int(m[1]), int(m[1]) + int(m[2]) + 1) for m in found]


@pytest.mark.from_step(109)
@pytest.mark.parametrize("which", [3, 6, 9])
def test_an_error_in_the_middle_of_a_list_fails_the_load_and_is_named(
        step, boot, holey, tmp_path, which):
    run = layout.runs(holey, "/program")[which]
    listed = layout.debugfs(holey, f"bmap /program {run.start + len(run) // 2}")
    sector = int(listed) * (4096 // SECTOR)
    result = boot(None, "touch=100", drive=unreadable(tmp_path, holey, sector))
    assert result.exit == emulator.REPORTED and "load.ns" not in result.figures
    assert any(sector in named for named in named_ranges(result)), f"{sector}: {result.errors}"


# --- 110: extents -------------------------------------------------------------------------------


def fragmented(path: Path, block_size: int, nholes: int) -> Path:
    """A program with so many holes of one block in it, each between blocks of data."""
    size = max(64 * KIB, (2 * nholes + 8) * block_size) + 1234
    elf_from_seed(path, size, seed=110, bss=50_000,
                  zeroes=[((2 + 2 * i) * block_size, block_size) for i in range(nholes)])
    return path


SHAPES = {"few holes, depth 0": (4096, 2, 0), "a hundred, depth 1": (4096, 100, 1),
          "400 in small blocks, depth 2": (1024, 400, 2)}


@pytest.mark.from_step(110)
@pytest.mark.parametrize("block_size, nholes, depth", SHAPES.values(), ids=SHAPES)
def test_a_tree_of_extents_of_any_height_loads_right(step, boot, tmp_path, block_size, nholes, depth):
    file = fragmented(tmp_path / "program", block_size, nholes)
    make_image(tmp_path / "image", {"/program": file}, type="ext4", block_size=block_size)
    assert layout.tree(tmp_path / "image", "/program")[0] == depth
    check_pages(boot(tmp_path / "image", "verify=1"), file)


@at(110)
def test_runs_do_not_end_where_an_indirect_block_would_stand(step, boot, tmp_path):
    """5 MiB without holes in blocks of 1 KiB: ext2 breaks them every 256 blocks."""
    elf_from_seed(tmp_path / "program", 5120 * KIB, seed=1, zeroes=[])
    runs = {}
    for kind in ("ext2", "ext4"):
        make_image(tmp_path / kind, {"/program": tmp_path / "program"}, type=kind)
        run = boot(tmp_path / kind, "verify=1")
        check_pages(run, tmp_path / "program")
        runs[kind] = run.counters["ext2.runs"]
    extents = layout.tree(tmp_path / "ext4", "/program")[2]
    segments = len(load_segments(tmp_path / "program"))
    assert runs["ext4"] <= extents + segments - 1 < 5120 // 256 <= runs["ext2"]


@pytest.mark.from_step(110)
def test_a_tree_that_fits_into_the_inode_costs_no_block(step, host_load, tmp_path):
    file = fragmented(tmp_path / "program", 4096, 2)
    make_image(tmp_path / "image", {"/program": file}, type="ext4", block_size=4096)
    assert hosted.load(host_load, tmp_path / "image").counters["ext2.indirect_blocks"] == 0


@pytest.mark.from_step(110)
@pytest.mark.parametrize("block_size", [1024, 4096])
def test_a_program_on_ext2_loads_as_before(step, boot, tmp_path, block_size):
    file = fragmented(tmp_path / "program", block_size, 300)
    make_image(tmp_path / "image", {"/program": file}, block_size=block_size)
    check_pages(boot(tmp_path / "image", "verify=1"), file)


@only_before(110)
def test_before_extents_they_are_refused_by_name(step, host_load, tmp_path):
    make_image(tmp_path / "image", {"/program": pattern(PAGE)}, type="ext4")
    errors = hosted.load(host_load, tmp_path / "image").errors
    assert len(errors) == 1 and "extent" in errors[0] and "EOPNOTSUPP" in errors[0]


def change(image: Path, *commands: str) -> None:
    done = subprocess.run(["debugfs", "-w", "-f", "-", image], input="\n".join(commands),
                          text=True, capture_output=True, check=True)
    assert not done.stderr.partition("\n")[2], done.stderr


@pytest.mark.from_step(110)
def test_extents_that_were_never_written_read_as_zeroes(step, host_load, tmp_path):
    """Whatever their blocks on the disk hold."""
    data = bytearray(pattern(64 * PAGE))
    data[20 * PAGE:30 * PAGE] = bytes(10 * PAGE)
    image = tmp_path / "image"
    make_image(image, {"/file": bytes(data)}, type="ext4", block_size=PAGE)
    change(image, "fallocate /file 20 29")
    assert "Uninit" in layout.debugfs(image, "dump_extents /file")
    with open(image, "r+b") as f:
        for block in range(20, 30):
            f.seek(int(layout.debugfs(image, f"bmap /file {block}").split()[0]) * PAGE)
            f.write(b"x" * PAGE)
    done = hosted.cat(host_load, image, "/file")
    assert not done.errors and done.out == bytes(data)


@pytest.mark.from_step(110)
def test_a_journal_is_no_hindrance_unless_it_must_be_replayed(step, host_load, tmp_path):
    image = tmp_path / "image"
    make_image(image, {"/file": b"found"}, type="ext4", features="has_journal", size_mib=16)
    assert hosted.cat(host_load, image, "/file").out == b"found"
    change(image, "feature needs_recovery")
    errors = hosted.cat(host_load, image, "/file").errors
    assert len(errors) == 1 and "needs_recovery" in errors[0] and "EOPNOTSUPP" in errors[0]


# --- damage to the tree -------------------------------------------------------------------------


class Tree:
    """A file on ext4, and where its tree lies in the image."""

    def __init__(self, folder: Path, block_size: int, nholes: int) -> None:
        self.file = fragmented(folder / "program", block_size, nholes)
        make_image(folder / "image", {"/program": self.file}, type="ext4", block_size=block_size)
        self.image = (folder / "image").read_bytes()
        self.root = layout.i_block(folder / "image", "/program", block_size)
        _, blocks, _ = layout.tree(folder / "image", "/program")
        self.nodes = [self.root, *(block * block_size for block in blocks)]

    def damages(self, seed: int) -> list[Damage]:
        """Bytes flipped, by lot, most of them in a header or in the first entries."""
        lot, out = random.Random(seed), []
        for _ in range(NMUTATIONS):
            node = lot.choice([self.root, lot.choice(self.nodes)])
            at = node + lot.randrange(lot.choice([12, 24, 60]))
            new = bytes(b ^ lot.choice([0xff, 1 << lot.randrange(8), b])
                        for b in self.image[at:at + lot.choice([1, 1, 2, 4])])
            out.append(Damage(f"{new.hex()} at {at}, {at - node} into a node", ((at, new),)))
        return out


@pytest.fixture(scope="session", params=SHAPES.values(), ids=SHAPES)
def damageable(request, tmp_path_factory) -> Tree:
    block_size, nholes, _ = request.param
    return Tree(tmp_path_factory.mktemp("tree"), block_size, nholes)


@pytest.mark.from_step(110)
def test_a_damaged_tree_is_loaded_or_refused_with_a_reason(step, host_load, damageable, tmp_path,
                                                         seed):
    def attempt(job: tuple[int, Damage]) -> hosted.Run:
        disk = tmp_path / str(job[0])
        disk.write_bytes(job[1].apply(damageable.image))
        try:
            return hosted.load(host_load, disk, MEMORY_MIB=64)
        except AssertionError as e:
            raise AssertionError(f"{job[1].what}\n{e}") from None
        finally:
            disk.unlink()

    damages = damageable.damages(seed)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(attempt, enumerate(damages)))
    for damage, run in zip(damages, runs):
        assert len(run.errors) == run.status, f"{damage.what}: one message, not {run.errors}"
    refused = sum(run.status for run in runs)
    assert 0.1 < refused / len(runs) < 0.95, "the damages are too harmless, or all the same"


MAGIC, ENTRIES, MAX, DEPTH, FIRST = 0, 2, 4, 6, 12  # in a node


@pytest.mark.from_step(110)
@pytest.mark.parametrize("at, new, reason", [
    (MAGIC, b"\0\0", "a node without the magic number"),
    (ENTRIES, b"\5\0", "more entries than it has room for"),
    (ENTRIES, b"\0\0", "a node with nothing below it"),
    (MAX, b"\5\0", "more entries than it has room for"),
    (DEPTH, b"\0\0", "an extent without blocks"),
    (DEPTH, b"\6\0", "a tree of more than five levels"),
    (DEPTH, b"\2\0", "a node at the wrong depth"),
    (FIRST + 4, b"\0\0\0\0\0\0", "an entry that leads nowhere"),
    (FIRST + 4, b"\xff\xff\xff\xff\xff\xff", "a node past the end of the disk"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_what_cannot_be_in_a_tree_is_named(step, host_load, tmp_path, at, new, reason):
    whole = Tree(tmp_path, 4096, 100)
    damage = Damage("", ((whole.root + at, new),))
    (tmp_path / "image").write_bytes(damage.apply(whole.image))
    done = hosted.load(host_load, tmp_path / "image")
    assert len(done.errors) == 1 and "on the way to its block" in done.errors[0]
    assert reason in done.errors[0] and "EUCLEAN" in done.errors[0]


@pytest.mark.from_step(110)
@pytest.mark.parametrize("at, new", [(4, b"\0\0"), (6, b"\0\0\0\0\0\0")], ids=["length", "place"])
def test_an_extent_without_blocks_is_no_hole(step, host_load, tmp_path, at, new):
    whole = Tree(tmp_path, 4096, 2)
    damage = Damage("", ((whole.root + FIRST + at, new),))
    (tmp_path / "image").write_bytes(damage.apply(whole.image))
    done = hosted.load(host_load, tmp_path / "image")
    assert len(done.errors) == 1 and "an extent without blocks" in done.errors[0]


@pytest.mark.from_step(110)
def test_the_undamaged_tree_loads(step, host_load, damageable):
    """Else the tests above would show nothing."""
    image = damageable.file.parent / "image"
    assert hosted.load(host_load, image).pages == elf_files.expected_pages(damageable.file)
