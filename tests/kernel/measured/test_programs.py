"""Programs made from a seed, and what their pages must hold."""
from __future__ import annotations

import subprocess
import zlib
from pathlib import Path

import pytest

from measure.machine import process
from measure.problem import Problem
from kernel import elf_files
from kernel.elf_files import Segment, pattern
from kernel.measured.pages import compare, expected_pages
from kernel.measured.programs import (PAGE, PIE_BASE, elf_from_seed, file_bytes, load_segments,
                                      memory_bytes)

KINDS = [{"size": 40_000}, {"size": 40_000, "pie": True}, {"size": 1_500_000, "bss": 0},
         {"size": 1_234_567, "zeroes": [(5000, 100_000), (1_200_000, 90_000)]}]


@pytest.fixture(params=KINDS, ids=str)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    elf_from_seed(tmp_path / "program", seed=3, **request.param)
    return tmp_path / "program"


def test_a_made_up_program_really_runs(program: Path) -> None:
    assert subprocess.run([program], timeout=20).returncode == 0


def test_readelf_has_no_complaint_and_sees_three_loads(program: Path) -> None:
    said = process.run(["readelf", "-lW", program], env={"LC_ALL": "C"})
    assert said.stderr == ""
    assert said.stdout.count("  LOAD ") == 3


def test_no_segment_begins_or_ends_at_a_page_in_the_file(program: Path) -> None:
    for s in load_segments(program):
        assert s.offset % PAGE and (s.offset + s.file_size) % PAGE
        assert s.address % PAGE == s.offset % PAGE


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        elf_from_seed(tmp_path / name, 3_000_000, seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c
    assert len(a) == 3_000_000


def test_a_seed_makes_runs_of_zeroes_that_are_holes_on_a_disk(tmp_path: Path) -> None:
    elf_from_seed(tmp_path / "p", 3_000_000, seed=1)
    content = (tmp_path / "p").read_bytes()
    holes = sum(not any(content[at:at + 1024]) for at in range(0, len(content), 1024))
    assert 10 < holes < 200


def memory_of(program: Path) -> dict[int, tuple[bytes, str]]:
    """Every page of the program, by laying out all of its memory byte for byte."""
    content, found = program.read_bytes(), {}
    for s in load_segments(program):
        begin = s.address - s.address % PAGE
        memory = bytes(s.address - begin) + content[s.offset:s.offset + s.file_size]
        end = s.address + s.memory_size
        memory += bytes(end - begin - len(memory) + -end % PAGE)
        prot = "".join(c if s.prot & b else "-" for c, b in zip("rwx", (4, 2, 1)))
        found |= {begin + at: (memory[at:at + PAGE], prot) for at in range(0, len(memory), PAGE)}
    return found


def test_expected_pages_are_those_of_the_whole_memory_laid_out(program: Path) -> None:
    memory = memory_of(program)
    assert expected_pages(program) == {va: (zlib.crc32(page), prot)
                                       for va, (page, prot) in memory.items()}
    assert len(memory) * PAGE == memory_bytes(load_segments(program))


def test_a_position_independent_program_stands_at_its_base(tmp_path: Path) -> None:
    elf_from_seed(tmp_path / "p", 40_000, seed=1, pie=True)
    assert min(expected_pages(tmp_path / "p")) == PIE_BASE


def test_the_base_is_a_multiple_of_the_largest_alignment(tmp_path: Path) -> None:
    """As on Linux: an object that is aligned to 2 MiB must be, wherever the program stands."""
    (tmp_path / "p").write_bytes(elf_files.make(
        [Segment(0, pattern(5000), align=2 << 20), Segment(0x5000, pattern(9), align=3 * PAGE)],
        type=elf_files.DYN))
    assert min(expected_pages(tmp_path / "p")) == 0x555555400000


def test_delivered_bytes_leave_out_what_is_in_no_segment(tmp_path: Path) -> None:
    elf_from_seed(tmp_path / "p", 40_000, seed=1)
    assert 38_000 < file_bytes(load_segments(tmp_path / "p")) < 40_000


# --- a difference is named --------------------------------------------------------------------


@pytest.fixture
def loaded(tmp_path: Path):
    elf_from_seed(tmp_path / "p", 40_000, seed=1, bss=10_000)
    expected = expected_pages(tmp_path / "p")
    return expected, dict(expected), load_segments(tmp_path / "p")


def test_equal_pages_need_no_words(loaded) -> None:
    assert compare(*loaded) == []


def test_a_page_with_other_bytes_is_named_with_its_segment_and_place_in_the_file(loaded) -> None:
    expected, got, segments = loaded
    second = segments[1]
    va = second.address - second.address % PAGE + PAGE
    got[va] = (0x1234, got[va][1])
    offset = second.offset + va - second.address
    assert compare(expected, got, segments) == [
        f"page {va:#x} (segment 1, file offset {offset:#x}) has other bytes: CRC-32 00001234, "
        f"expected {expected[va][0]:08x}"]


def test_a_missing_page_is_named_and_bss_is_called_bss(loaded) -> None:
    expected, got, segments = loaded
    va = max(expected)
    del got[va]
    assert compare(expected, got, segments) == [f"page {va:#x} (segment 2, bss) is missing"]


def test_a_page_too_many_is_named(loaded) -> None:
    expected, got, segments = loaded
    got[0x10000] = (0, "rwx")
    assert compare(expected, got, segments) == [
        "page 0x10000 (in no segment) should not be there"]


def test_wrong_permissions_are_named(loaded) -> None:
    expected, got, segments = loaded
    va = min(expected)
    got[va] = (got[va][0], "rwx")
    assert compare(expected, got, segments)[0].endswith("may be accessed as rwx, expected r--")


# --- what is no program ------------------------------------------------------------------------


@pytest.mark.parametrize("content, why", [
    (b"", "no 64-bit"), (b"#!/bin/sh\n" + bytes(100), "no 64-bit"),
    (b"\x7fELF\x02\x01\x01" + bytes(57), "type 0, machine 0")])
def test_what_is_no_program_is_refused_by_name(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "thing").write_bytes(content)
    with pytest.raises(Problem, match=f"thing is not an x86-64 ELF program: {why}"):
        load_segments(tmp_path / "thing")


@pytest.mark.parametrize("keep", [70, 150, 20_000])
def test_a_program_that_ends_too_early_is_refused(tmp_path: Path, keep: int) -> None:
    elf_from_seed(tmp_path / "p", 40_000, seed=1)
    (tmp_path / "p").write_bytes((tmp_path / "p").read_bytes()[:keep])
    with pytest.raises(Problem, match="p is not an x86-64 ELF program"):
        load_segments(tmp_path / "p")


# --- what real linkers and strange files have ----------------------------------------------------

SHARED = {
    "two segments in a page": [
        Segment(0x400100, pattern(300, 1), prot="r"), Segment(0x400300, pattern(6000, 2), prot="rx")],
    "three in a page, the last with bss": [
        Segment(0x400000, pattern(4096 + 64, 1), prot="rx"),
        Segment(0x401080, pattern(64, 2), prot="r"),
        Segment(0x401100, pattern(64, 3), memsz=9000, prot="rw")],
    "bss, and bytes behind it": [
        Segment(0x400000, pattern(100, 1), memsz=500, prot="rw"),
        Segment(0x400400, pattern(100, 2), prot="rx")],
    "nothing but bss, at an offset beyond the file": [
        Segment(0x400000, pattern(100, 1)),
        Segment(0x400800, b"", memsz=9000, offset=1 << 40, prot="rw")],
}


@pytest.mark.parametrize("what", SHARED)
def test_a_page_in_which_segments_meet_has_the_bytes_and_permissions_of_each(tmp_path, what) -> None:
    """As another calculation has it, by way of readelf."""
    (tmp_path / "p").write_bytes(elf_files.make(SHARED[what]))
    assert [f"page {va:016x} {crc:08x} {prot}"
            for va, (crc, prot) in sorted(expected_pages(tmp_path / "p").items())] \
        == elf_files.expected_pages(tmp_path / "p")


def test_a_page_in_which_segments_meet_is_named_for_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(elf_files.make(SHARED["two segments in a page"]))
    expected, segments = expected_pages(tmp_path / "p"), load_segments(tmp_path / "p")
    said = compare(expected, dict(list(expected.items())[1:]), segments)
    assert len(said) == 1 and "segment 0, file offset" in said[0] and "segment 1, file" in said[0]
