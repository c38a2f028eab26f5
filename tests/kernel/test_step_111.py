"""What step 111 claims: what a page fault loads, what it refuses, and what its errors end."""
from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import elf_files
import hosted
import layout
from elf_files import DYN, Segment, pattern
from kernel.measured import emulator, machine
from kernel.measured.emulator import Run
from kernel.measured.images import make_image
from kernel.measured.pages import compare, expected_pages
from kernel.measured.programs import PAGE, elf_from_seed, load_segments
from test_faults import read_error_at

KIB, MIB = 1 << 10, 1 << 20
WINDOW = 64 * KIB
READ, WRITE, FETCH, PRESENT = 4, 6, 20, 1  # the CPU's error codes; PRESENT is added to them
OF_HEADERS = 2                             # reads of the file
MEMORY_MIB = 64

Boot = Callable[..., Run]
pytestmark = pytest.mark.from_step(111)

SHAPES = {
    "one segment, windows before and behind": elf_files.make([
        Segment(0x40f123, pattern(3 * WINDOW))]),
    "two segments in one page": elf_files.make([
        Segment(0x400000, pattern(WINDOW + 5000, 1), prot="r"),
        Segment(0x411800, pattern(WINDOW, 2), prot="rw")]),
    "three segments in one page": elf_files.make([
        Segment(0x400100, pattern(100, 1), prot="r"), Segment(0x400200, pattern(10, 2), prot="w"),
        Segment(0x400210, pattern(9000, 3), prot="x")], entry=0x400210),
    "three segments and two gaps in one window": elf_files.make([
        Segment(0x400000, pattern(5000, 1)), Segment(0x403010, pattern(5000, 2), prot="r"),
        Segment(0x407345, pattern(5000, 3), memsz=20000, prot="rw")]),
    "bss that begins in one window and ends in the next but one": elf_files.make([
        Segment(0x40a678, pattern(9000), memsz=2 * WINDOW, prot="rw")]),
    "nothing but bss": elf_files.make([
        Segment(0x400000, pattern(9)), Segment(0x50f010, b"", memsz=3 * WINDOW, prot="rw")]),
    "position independent: the base is in the middle of a window": elf_files.make([
        Segment(0, pattern(50_000, 1), prot="r"),
        Segment(0xd5d8, pattern(60_000, 2), memsz=99_000, prot="rw")], type=DYN),
    "at the end of the address space": elf_files.make([
        Segment((1 << 47) - 3 * PAGE, pattern(3 * PAGE))]),
    "a hole in the file": elf_files.make([
        Segment(0x400000, pattern(3000) + bytes(3 * WINDOW) + pattern(3000))]),
    "offsets that do not fit the addresses": elf_files.make([
        Segment(0x400100, pattern(2 * WINDOW, 1), offset=0x477)]),
}


def address(page: str) -> int:
    """Of a `page` line."""
    return int(page.split()[1], 16)


def window(va: int) -> int:
    return va // WINDOW


@pytest.fixture(params=SHAPES, scope="session")
def shape(request, tmp_path_factory) -> tuple[Path, list[str]]:
    """An image, and the pages that its program comes to."""
    folder = tmp_path_factory.mktemp("shape")
    (folder / "file").write_bytes(SHAPES[request.param])
    make_image(folder / "image", {"/program": folder / "file"})
    return folder / "image", elf_files.expected_pages(folder / "file")


# --- what is loaded -------------------------------------------------------------------------------


def test_nothing_but_headers_is_read_before_the_first_touch(step, host_load, shape):
    image, _ = shape
    done = hosted.fault(host_load, image)
    assert not done.errors and done.pages == []
    assert (done.counters["elf.read_at"], done.counters["page.faults"]) == (OF_HEADERS, 0)


def test_a_fault_loads_its_window_and_nothing_that_is_no_segments(step, host_load, shape):
    image, expected = shape
    for _, group in itertools.groupby(expected, lambda page: window(address(page))):
        pages = list(group)
        for touched in {pages[0], pages[-1]}:
            assert hosted.fault(host_load, image, address(touched) + 0xfff, READ).pages == pages


def test_windows_come_in_any_order_and_each_once(step, host_load, shape):
    image, expected = shape
    windows = sorted({window(address(page)): address(page) for page in expected}.values())
    done = hosted.fault(host_load, image, *(n for va in reversed(windows) for n in (va, READ)))
    assert done.pages == expected
    assert done.counters["page.faults"] == len(windows)


def test_touching_everything_takes_a_fault_for_each_window(step, host_load, shape):
    image, expected = shape
    done = hosted.load(host_load, image)
    assert done.pages == expected
    assert done.counters["page.faults"] == len({window(address(page)) for page in expected})


def test_bss_is_zeroed_and_not_read(step, host_load, tmp_path):
    (tmp_path / "file").write_bytes(SHAPES["nothing but bss"])
    make_image(tmp_path / "image", {"/program": tmp_path / "file"})
    done = hosted.fault(host_load, tmp_path / "image", 0x51f000, WRITE)
    assert len(done.pages) == WINDOW // PAGE
    assert done.counters["elf.read_at"] == OF_HEADERS
    assert done.counters["zero.bytes"] == WINDOW


# --- what is refused ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def guarded(tmp_path_factory) -> Path:
    """Code, data that may not be written to, and data that may, which meet in page 0x402000."""
    path = tmp_path_factory.mktemp("guarded") / "image"
    make_image(path, {"/program": elf_files.make([
        Segment(0x400000, pattern(PAGE, 1), prot="rx"),
        Segment(0x401000, pattern(PAGE + 100, 2), prot="r"),
        Segment(0x402800, pattern(100, 3), prot="rw"),
        Segment(0x403000, pattern(100, 4), prot="")])})
    return path


@pytest.mark.parametrize("va, code", [
    (0x400000, READ), (0x400fff, FETCH), (0x401000, READ), (0x402010, WRITE), (0x402fff, WRITE),
    (0x403fff, READ)], ids=hex)
def test_what_a_segment_of_the_page_allows_is_resolved(step, host_load, guarded, va, code):
    assert hosted.fault(host_load, guarded, va, code).pages


@pytest.mark.parametrize("va, code, says", [
    (0x400000, WRITE, "not to be written to"),
    (0x401000, WRITE, "not to be written to"),
    (0x401000, FETCH, "not to be executed"),
    (0x402800, FETCH, "not to be executed"),
    (0x403000, WRITE, "not to be written to"),
    (0x400000, READ | PRESENT, "not to be read"),
    (0x402800, WRITE | PRESENT, "not to be written to"),
    (0x3fffff, READ, "in none of its segments"),
    (0x404000, READ, "in none of its segments"),
    (0, WRITE, "in none of its segments"),
    (2**64 - 1, READ, "in none of its segments"),
], ids=lambda v: hex(v) if isinstance(v, int) else "")
def test_anything_else_is_refused_and_loads_nothing(step, host_load, guarded, va, code, says):
    done = hosted.fault(host_load, guarded, va, code)
    assert len(done.errors) == 1
    assert done.errors[0].startswith(f"/program: {va:#x}: {says}") and "EFAULT" in done.errors[0]


def test_a_page_that_is_there_is_not_loaded_again(step, host_load, guarded):
    """The program may have written to it: a second fault there is about permissions."""
    done = hosted.fault(host_load, guarded, 0x402800, WRITE, 0x401000, WRITE | PRESENT)
    assert len(done.errors) == 1 and "0x401000: not to be written to" in done.errors[0]


# --- what an error ends ---------------------------------------------------------------------------

END = re.compile(r"/program: ended by a page fault at (0x\w+), (?:byte (\d+)|no byte) of its file "
                 r"\((E\w+): ")


@pytest.fixture
def boot(kernel_elf: Path) -> Boot:
    def run(image: Path, *words: str, drive: str | None = None, memory_mib: int = MEMORY_MIB) -> Run:
        return emulator.run(kernel_elf, image, ["load=/program", *words],
                          machine.golden_conditions(), memory_mib, limit_seconds=60, drive=drive)
    return run


@pytest.fixture(scope="session")
def disk(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("disk")
    elf_from_seed(folder / "program", 3 * MIB, seed=111, zeroes=[])
    make_image(folder / "image", {"/program": folder / "program"}, type="ext4", block_size=PAGE)
    return folder / "image"


def ended(run: Run) -> re.Match:
    """The program's end, of which the kernel tells in order."""
    assert run.exit == emulator.REPORTED and not run.panic, run.why_not()
    assert "load.ns" not in run.figures
    assert run.counters["page.faults"] > 0, "the counters are missing"
    told = [m for line in run.said if (m := END.match(line))]
    assert len(told) == 1, run.said
    return told[0]


@pytest.mark.parametrize("block", [100, 400, 700])
def test_a_sector_that_does_not_read_ends_the_program_that_needs_it(
        step, boot, disk, tmp_path, block):
    sector = int(layout.debugfs(disk, f"bmap /program {block}")) * (PAGE // 512)
    run = boot(None, "touch=100", drive=read_error_at(tmp_path, disk, sector))
    va, byte, error = ended(run).groups()
    assert error == "EIO" and len(run.errors) == 1 and "sector" in run.errors[0]
    of_byte = next(s for s in load_segments(disk.parent / "program")
                   if s.offset <= int(byte) < s.offset + s.file_size)
    assert int(byte) - of_byte.offset == int(va, 16) - of_byte.address
    assert abs(int(byte) // PAGE - block) <= WINDOW // PAGE


def test_and_nothing_else(step, boot, disk, tmp_path):
    """The first instruction is in another window."""
    sector = int(layout.debugfs(disk, "bmap /program 767")) * (PAGE // 512)
    run = boot(None, drive=read_error_at(tmp_path, disk, sector)).check("one sector does not read")
    assert run.counters["page.faults"] == 1


@pytest.mark.parametrize("which, error, every", [("FAIL_READ", "EIO", 7), ("FAIL_ALLOC", "ENOMEM", 61)])
def test_what_fails_at_a_fault_is_reported_once_and_given_back(
        step, host_load, disk, which, error, every):
    """Under the leak checker. Before the first fault the load fails; behind the last one nothing."""
    ends = 0
    for k in range(1, 10_000, every):
        done = hosted.load(host_load, disk, **{which: k})
        if not done.errors:
            break
        assert len(done.errors) == 1 and error in done.errors[0]
        told = [m[3] for line in done.lines if (m := END.match(line))]
        assert told in ([], [error])
        ends += len(told)
    else:
        pytest.fail("it never ends")
    assert ends > 5


# --- how much is read -----------------------------------------------------------------------------


def test_a_program_that_touches_few_pages_reads_few_bytes(step, boot, disk):
    of_load = boot(disk).check("no touch").counters
    few = boot(disk, "touch=1", "seed=5").check("one per cent").counters
    npages = len(expected_pages(disk.parent / "program"))
    assert few["page.faults"] - of_load["page.faults"] <= -(-npages // 100)
    more = few["virtio.bytes"] - of_load["virtio.bytes"]
    assert more <= (few["page.faults"] - of_load["page.faults"]) * (WINDOW + 2 * PAGE)
    assert of_load["virtio.bytes"] < 3 * MIB / 10 and few["virtio.bytes"] < 3 * MIB / 2


def test_a_program_that_touches_all_is_the_same_in_memory(step, boot, disk):
    run = boot(disk, "verify=1").check("all")
    program = disk.parent / "program"
    wrong = compare(expected_pages(program), run.pages, load_segments(program))
    assert not wrong, "\n".join(wrong[:10])
    assert run.counters["page.faults"] == len({window(va) for va in run.pages})


def test_the_kernel_and_qemu_count_the_same_reads(step, boot, disk):
    run = boot(disk, "touch=10").check("one in ten")
    assert run.counters["virtio.requests"] == run.outsider["rd_operations"]
    assert run.counters["virtio.bytes"] == run.outsider["rd_bytes"]
