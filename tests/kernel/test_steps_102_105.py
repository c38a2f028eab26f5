"""What steps 102 to 105 claim, as exact relations between a step's counts and those before it.

The program has no holes and is too large to be read in one piece, so its layout says how often
everything must happen. None of this looks at a clock.
"""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from measure import steps
from measure.steps import Step
from kernel.measured import emulator, kernels, machine, part as kernel_part, programs
from kernel.measured.emulator import Run
from kernel.measured.images import make_image
from kernel.measured.inputs import IN_IMAGE, SECTOR
from kernel.measured.programs import PAGE, elf_from_seed, load_segments

SIZE = 17 << 20
CHUNK = 256 << 10
MEMORY_MIB = 64

SUPERBLOCK = 1024          # bytes, read when the file system is mounted
ASKED_BY_A_WALK = 3 + 2    # blocks: the inodes of /, /bin and the program; the two directories
THE_DISK = ("virtio.requests", "virtio.bytes", "cache.misses", "ext2.data_blocks",
            "ext2.indirect_blocks")

Loads = Callable[[Path, dict], Run]


def at(number: int):
    """A claim of this one step about the step before it; later steps have claims of their own."""
    def claim(test):
        only = pytest.mark.parametrize("step", [steps.find(number)], ids=lambda s: s.id,
                                       indirect=True)
        return pytest.mark.from_step(number)(only(test))
    return claim


# --- runs, one of each --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "program"
    elf_from_seed(path, SIZE, seed=102, zeroes=[])
    return path


@pytest.fixture(scope="session")
def load(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Loads:
    """Boot a kernel with the program on such an image. What has been run is not run again."""
    folder, disks, runs = tmp_path_factory.mktemp("disks"), {}, {}

    def boot(kernel_elf: Path, image: dict) -> Run:
        kind = str(image)
        if kind not in disks:
            disks[kind] = folder / str(len(disks))
            make_image(disks[kind], {IN_IMAGE: program}, **image)
        if (kernel_elf, kind) not in runs:
            run = emulator.run(kernel_elf, disks[kind], [f"load={IN_IMAGE}"],
                             machine.golden_conditions(), MEMORY_MIB, limit_seconds=120)
            runs[kernel_elf, kind] = run.check(f"{kernel_elf} on {image}")
        return runs[kernel_elf, kind]
    return boot


@pytest.fixture
def run(step: Step, kernel_elf: Path, load: Loads) -> Run:
    return load(kernel_elf, kernel_part.image_options(step))


@pytest.fixture
def now(run: Run) -> dict[str, int]:
    """The step's counters."""
    return run.counters


@pytest.fixture
def before(step: Step, load: Loads) -> dict[str, int]:
    """The counters of the step before."""
    older = steps.before(step)
    return load(kernels.of_step(older), kernel_part.image_options(older)).counters


def differences(before: dict[str, int], now: dict[str, int], names=None) -> dict[str, tuple]:
    """The counters that are not what they were: {name: (before, now)}."""
    return {name: (before.get(name), now.get(name)) for name in names or before.keys() | now.keys()
            if before.get(name) != now.get(name)}


# --- what the program's layout asks for ---------------------------------------------------------


def reads(program: Path, piece: int) -> list[tuple[int, int]]:
    """(offset, bytes) of every read of a loader that fills `piece` bytes of addresses at a time."""
    segments = load_segments(program)
    found = [(0, programs.HEADER.size),
             (programs.HEADER.size, len(segments) * programs.SEGMENT.size)]
    for s in segments:
        for address in range(programs.page_down(s.address), s.address + s.file_size, piece):
            a, b = max(address, s.address), min(address + piece, s.address + s.file_size)
            found.append((s.offset + a - s.address, b - a))
    return found


def blocks_of(found: list[tuple[int, int]], block_size: int) -> list[int]:
    """The file's blocks that these reads touch, as often as they do."""
    return [block for offset, n in found
            for block in range(offset // block_size, (offset + n - 1) // block_size + 1)]


def indirect_blocks_above(block: int, block_size: int) -> int:
    """How many indirect blocks stand between the inode and this block of the file."""
    fan_out = block_size // 4
    for level, first in enumerate((12, 12 + fan_out, 12 + fan_out + fan_out**2)):
        if block < first:
            return level
    return 3


def sectors(nbytes: int) -> int:
    return nbytes // SECTOR


# --- 102: 4 KiB blocks ----------------------------------------------------------------------------


@at(102)
def test_a_page_is_one_data_block_where_it_was_four(program, before, now):
    pages = reads(program, PAGE)
    assert before["ext2.data_blocks"] == len(blocks_of(pages, 1024))
    assert now["ext2.data_blocks"] == len(blocks_of(pages, 4096)) == now["elf.read_at"]


@at(102)
def test_an_indirect_block_covers_sixteen_times_the_bytes(program, before, now):
    """Four times as many numbers, of blocks four times as large: 4 MiB instead of 256 KiB."""
    for block_size, counted in ((1024, before), (4096, now)):
        asked = sum(indirect_blocks_above(block, block_size)
                    for block in blocks_of(reads(program, PAGE), block_size))
        assert counted["ext2.indirect_blocks"] == asked


@at(102)
def test_the_way_to_the_file_is_as_long_as_it_was(before, now):
    assert not differences(before, now, ["elf.read_at", "vfs.lookups", "ext2.inode_reads"])


@at(102)
def test_each_sector_of_a_block_is_still_a_request_of_its_own(before, now):
    for block_size, counted in ((1024, before), (4096, now)):
        read = SUPERBLOCK + counted["cache.misses"] * block_size
        assert counted["virtio.requests"] == sectors(read)
        assert counted["virtio.bytes"] == read


@at(102)
def test_as_many_sectors_are_read_for_the_file_and_hardly_fewer_in_all(before, now):
    """What differs is metadata, a hundredth of the file: it fills fewer blocks, but larger ones."""
    metadata = [counted["virtio.requests"] - sectors(SIZE) for counted in (before, now)]
    assert 0 < metadata[1] < metadata[0] < sectors(SIZE) / 100


@at(102)
def test_without_the_cache_4_kib_blocks_need_more_requests_than_1_kib_blocks(step, load):
    """Fewer blocks are asked for, but each is eight requests instead of two, and a walk to the
    file asks for as many as ever."""
    first = steps.at_or_below(step)[-1]
    small = load(kernels.of_step(first), kernel_part.image_options(first)).counters
    large = load(kernels.of_step(step, without=[101]), kernel_part.image_options(step)).counters

    def asked_for(counted: dict[str, int]) -> int:
        descriptors = 1
        return (ASKED_BY_A_WALK * counted["vfs.lookups"] + counted["ext2.indirect_blocks"]
                + counted["ext2.data_blocks"] + descriptors)

    assert large["vfs.lookups"] == small["vfs.lookups"]
    assert small["virtio.requests"] == sectors(SUPERBLOCK + asked_for(small) * 1024)
    assert large["virtio.requests"] == sectors(SUPERBLOCK + asked_for(large) * 4096)
    assert asked_for(large) < asked_for(small)
    assert large["virtio.requests"] > small["virtio.requests"]


# --- 103: chunked ELF reads -----------------------------------------------------------------------


@at(103)
def test_the_loader_asks_once_for_256_kib_where_it_asked_once_for_a_page(program, before, now):
    assert before["elf.read_at"] == len(reads(program, PAGE))
    assert now["elf.read_at"] == len(reads(program, CHUNK))


@at(103)
def test_the_path_is_walked_once_for_each_read(before, now):
    """And twice to learn the file's length."""
    for counted in (before, now):
        assert counted["vfs.lookups"] == counted["elf.read_at"] + 2
        assert counted["ext2.inode_reads"] == 3 * counted["vfs.lookups"]


@at(103)
def test_every_walk_that_is_gone_had_been_answered_by_the_cache(before, now):
    walks = before["vfs.lookups"] - now["vfs.lookups"]
    assert before["cache.hits"] - now["cache.hits"] == ASKED_BY_A_WALK * walks


@at(103)
def test_chunks_ask_the_disk_for_what_pages_asked_for(before, now):
    """They end where pages end, so that no block is in two of them."""
    assert not differences(before, now, THE_DISK)


@at(103)
def test_every_byte_is_copied_once_more(program, before, now):
    assert now["copy.bytes"] - before["copy.bytes"] == programs.file_bytes(load_segments(program))


@at(103)
def test_the_buffer_is_the_only_memory_that_chunks_take(before, now):
    heaps_own = 1  # page: the buffer's size stands before it
    assert now["page.peak"] - before["page.peak"] == CHUNK // PAGE + heaps_own


# --- 104: batched requests ------------------------------------------------------------------------


@at(104)
def test_a_block_is_one_request_where_it_was_eight(before, now):
    superblock = 1
    assert before["virtio.requests"] == before["cache.misses"] * 8 + sectors(SUPERBLOCK)
    assert now["virtio.requests"] == now["cache.misses"] + superblock


@at(104)
def test_nothing_but_the_number_of_requests_changes(before, now):
    """Each is its own notification, so these become fewer as well."""
    assert differences(before, now).keys() == {"virtio.requests", "virtio.kicks"}
    assert now["virtio.kicks"] == now["virtio.requests"]


@at(104)
def test_qemu_sees_as_many_bytes_as_before_in_those_fewer_requests(run, before):
    assert run.outsider, "QEMU did not answer"
    assert run.outsider["rd_operations"] == run.counters["virtio.requests"]
    assert run.outsider["rd_bytes"] == before["virtio.bytes"]
    assert run.outsider["rd_merged"] == 0, "QEMU made the requests larger, not the driver"


# --- 105: an open handle --------------------------------------------------------------------------


@pytest.mark.from_step(105)
def test_the_path_is_looked_up_once(now):
    assert now["vfs.lookups"] == 1
    assert now["ext2.inode_reads"] == 3, "of /, of /bin, and of the program: each of them once"


@at(105)
def test_the_handle_asks_the_disk_for_what_the_path_asked_for(before, now):
    assert not differences(before, now, THE_DISK)


@at(105)
def test_every_walk_less_is_five_cached_blocks_and_one_string_less(before, now):
    walks = before["vfs.lookups"] - now["vfs.lookups"]
    assert before["cache.hits"] - now["cache.hits"] == ASKED_BY_A_WALK * walks
    assert before["heap.allocs"] - now["heap.allocs"] == walks


@at(105)
def test_the_handle_alone_would_have_removed_the_walks_that_chunks_had_removed(
        step, program, load, before):
    alone = load(kernels.of_step(step, without=[103]), kernel_part.image_options(step)).counters
    assert alone["elf.read_at"] == len(reads(program, PAGE))
    assert alone["vfs.lookups"] == 1 < before["vfs.lookups"] < alone["elf.read_at"] / 50
