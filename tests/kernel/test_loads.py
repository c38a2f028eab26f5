"""Every step, booted: every page holds the file's bytes, and QEMU counts the same traffic."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

import elf_files
from elf_files import PAGE, Segment, pattern
from measure import steps
from kernel.measured import emulator, machine
from kernel.measured.emulator import Conditions, Run
from kernel.measured.images import make_image
from kernel.measured.pages import compare, expected_pages
from kernel.measured.programs import elf_from_seed, load_segments

PROGRAMS = {
    "small": {"size": 40_000},
    "position-independent": {"size": 300_000, "pie": True},
    "with-holes": {"size": 1_000_000, "zeroes": [(3_000, 70_000), (400_000, 300_000)]},
    "all-holes-behind": {"size": 600_000, "zeroes": [(300_000, 300_000)]},
}
EVERY = steps.all_steps(part="kernel")
MEMORY_MIB = 64
IMAGES = [{}, {"revision": 0}, {"block_size": 2048}, {"block_size": 4096}]


@pytest.fixture(scope="session")
def conditions() -> Conditions:
    return machine.golden_conditions()


@pytest.fixture
def load(kernel_elf: Path, tmp_path: Path, conditions: Conditions):
    """Boot the step's kernel with a made-up program on a made-up disk."""
    def boot(program: str, image: dict, *words: str) -> Run:
        elf_from_seed(tmp_path / "program", seed=5, **PROGRAMS[program])
        make_image(tmp_path / "disk", {"/bin/program": tmp_path / "program"}, **image)
        run = emulator.run(kernel_elf, tmp_path / "disk", ["load=/bin/program", *words], conditions,
                         MEMORY_MIB, limit_seconds=120)
        return run.check(f"{program} on {image or 'ext2'}")
    return boot


@pytest.mark.parametrize("program, image", [
    *((p, {}) for p in PROGRAMS), *(("with-holes", i) for i in IMAGES[1:])], ids=str)
def test_every_page_holds_the_files_bytes(load, tmp_path, program, image) -> None:
    run = load(program, image, "verify=1")
    wrong = compare(expected_pages(tmp_path / "program"), run.pages,
                    load_segments(tmp_path / "program"))
    assert not wrong, "\n".join(wrong[:10])


@pytest.mark.parametrize("image", IMAGES, ids=str)
def test_the_kernel_counts_the_requests_and_bytes_that_qemu_counts(load, image) -> None:
    run = load("with-holes", image)
    assert run.outsider, "QEMU did not answer"
    assert run.counters["virtio.requests"] == run.outsider["rd_operations"]
    assert run.counters["virtio.bytes"] == run.outsider["rd_bytes"]
    assert run.outsider["failed_rd_operations"] == run.outsider["invalid_rd_operations"] == 0


def test_a_load_counts_the_same_every_time(load) -> None:
    assert load("with-holes", {}).counters == load("with-holes", {}).counters


def test_verifying_does_not_change_what_is_counted(load) -> None:
    """It touches every page, so the same is asked of the other run."""
    touched = load("small", {}, "touch=100").counters
    assert load("small", {}, "verify=1").counters == touched


def test_the_times_are_those_of_the_load_the_first_instruction_and_the_touches(load) -> None:
    plain, touched = load("small", {}).figures, load("small", {}, "touch=1").figures
    assert 0 < plain["load.ns"] < plain["first.ns"] and "touch.ns" not in plain
    assert touched["load.ns"] < touched["first.ns"] and touched["touch.ns"] > 0


@pytest.mark.parametrize("step", [EVERY[0], EVERY[-1]], ids=lambda s: s.id, indirect=True)
@pytest.mark.parametrize("image", [{}, {"block_size": 4096}], ids=str)
def test_a_file_of_6_gib_loads(step, kernel_elf, tmp_path, conditions, image) -> None:
    """The code lies across the fourth GiB, the data behind it; all else is a hole."""
    file = elf_files.write_sparse(tmp_path / "program", [
        Segment(0x400123, pattern(9000, 1), offset=(4 << 30) - 4321),
        Segment(0x500777, pattern(70000, 2), offset=5 << 30, memsz=90000, prot="rw")],
        size=6 << 30, phoff=(5 << 30) + 123456)
    make_image(tmp_path / "disk", {"/program": file}, size_mib=8, **image)
    run = emulator.run(kernel_elf, tmp_path / "disk", ["load=/program", "verify=1"], conditions,
                     MEMORY_MIB, limit_seconds=120).check("a file of 6 GiB")
    got = [f"page {va:016x} {crc:08x} {prot}" for va, (crc, prot) in sorted(run.pages.items())]
    assert got == elf_files.expected_pages(file)


def test_a_file_is_never_kept_at_the_cost_of_its_pages(kernel_elf, tmp_path, conditions) -> None:
    """With ever more bss: a program that loads from a short file loads from a long one, too.

    And one that does not is told so before it is loaded, not when the last page is gone.
    """
    def boot(bss_pages: int, file_size: int) -> Run:
        make_image(tmp_path / "disk", {"/program": elf_files.make([
            Segment(0x400000, pattern(PAGE), memsz=(1 + bss_pages) * PAGE, prot="rw")],
            size=file_size)})
        return emulator.run(kernel_elf, tmp_path / "disk", ["load=/program", "touch=100"], conditions, 16,
                          limit_seconds=120)

    too_large = boot(16 * 256, 0)
    free_mib = int(re.search(r", (\d+) MiB are free", too_large.errors[0])[1])
    for bss_pages in range(free_mib * 256 - 350, 16 * 256, 48):
        if (long := boot(bss_pages, 2**20)).errors:
            assert boot(bss_pages, 0).errors, f"{bss_pages} pages: {long.errors[0]}"
            assert re.search(r"needs \d+ MiB of memory, \d+ MiB are free", long.errors[0])
            break
    else:
        pytest.fail("a program as large as memory was loaded")


CROWDED = """
int x = 5;
char bss[9000];
void _start(void) { bss[x] = 1; for (;;); }
"""


def test_segments_that_share_a_page_load_as_the_host_expects(kernel_elf, tmp_path, conditions, run):
    """As `make run-N ELF=file VERIFY=1` has it, with what a real linker makes without padding."""
    (tmp_path / "a.c").write_text(CROWDED)
    done = run(["gcc", "-static", "-nostdlib", "-O1", "-Wl,-z,max-page-size=64,-z,norelro",
                "-o", tmp_path / "program", tmp_path / "a.c"])
    assert done.returncode == 0, done.stderr
    segments = load_segments(tmp_path / "program")
    assert len({s.address // PAGE for s in segments}) < len(segments), "none share a page"
    make_image(tmp_path / "disk", {"/bin/program": tmp_path / "program"})
    loaded = emulator.run(kernel_elf, tmp_path / "disk", ["load=/bin/program", "verify=1"],
                          conditions, MEMORY_MIB, limit_seconds=120).check("shared pages")
    wrong = compare(expected_pages(tmp_path / "program"), loaded.pages, segments)
    assert not wrong, "\n".join(wrong)
