"""Programs and images: made again when they change, and replaced when they cannot be had."""
from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from measure.contests import kept
from measure.problem import Problem
from kernel.measured import images, inputs
from kernel.measured.programs import elf_from_seed


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "INPUTS", tmp_path / "inputs")
    return tmp_path / "inputs"


def test_the_image_of_a_program_is_made_again_when_the_program_changes(tmp_path: Path) -> None:
    elf_from_seed(tmp_path / "p", 40_000, seed=1)
    first = inputs.disk(inputs.own_program(tmp_path / "p"), {})
    assert inputs.disk(inputs.own_program(tmp_path / "p"), {}) == first
    elf_from_seed(tmp_path / "p", 40_000, seed=2)
    assert inputs.disk(inputs.own_program(tmp_path / "p"), {}).sha256 != first.sha256


def test_a_program_out_of_an_image_of_ones_own_is_the_one_that_was_put_in(tmp_path: Path) -> None:
    elf_from_seed(tmp_path / "p", 40_000, seed=1)
    made = inputs.disk(inputs.own_program(tmp_path / "p"), {"block_size": 4096})
    program, disk = inputs.own_disk(made.path, "/bin/program")
    assert program.path.read_bytes() == (tmp_path / "p").read_bytes()
    assert (program.name, disk.file) == ("program", "/bin/program")


def rewritten(image: Path, program: Path) -> None:
    """Another program in an image whose size and time of change remain."""
    before = image.stat()
    images.make_image(image, {"/bin/program": program})
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert image.stat().st_size == before.st_size


def test_an_image_that_was_rewritten_in_the_same_instant_is_looked_into_again(tmp_path) -> None:
    for seed in (1, 2):
        elf_from_seed(tmp_path / f"p{seed}", 40_000, seed=seed)
    images.make_image(tmp_path / "image", {"/bin/program": tmp_path / "p1"})
    first, _ = inputs.own_disk(tmp_path / "image", "/bin/program")
    rewritten(tmp_path / "image", tmp_path / "p2")
    second, _ = inputs.own_disk(tmp_path / "image", "/bin/program")
    for n, program in ((1, first), (2, second)):  # the first is still what it was
        assert program.path.read_bytes() == (tmp_path / f"p{n}").read_bytes(), f"program {n}"


def test_two_runs_with_two_images_do_not_share_what_they_compare_with(tmp_path) -> None:
    for seed in (1, 2):
        elf_from_seed(tmp_path / f"p{seed}", 40_000, seed=seed)
        images.make_image(tmp_path / f"image{seed}", {"/bin/program": tmp_path / f"p{seed}"})
    programs = [inputs.own_disk(tmp_path / f"image{n}", "/bin/program")[0] for n in (1, 2)]
    assert [p.path.read_bytes() for p in programs] \
        == [(tmp_path / f"p{n}").read_bytes() for n in (1, 2)]


def test_what_is_no_image_is_called_what_it_is(tmp_path: Path, monkeypatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path, says in ((tmp_path, "a directory"), (tmp_path / "fifo", "no regular file"),
                       (tmp_path / "gone", "there is no image")):
        with pytest.raises(Problem, match=says):
            inputs.own_disk(path, "/bin/program")
    monkeypatch.setattr(Path, "is_file", lambda path: False)
    monkeypatch.setattr(Path, "is_block_device", lambda path: True)
    with pytest.raises(Problem, match="a block device; what is wanted is a file with the image"):
        inputs.own_disk(tmp_path / "fifo", "/bin/program")


def test_a_program_that_no_guest_can_hold_is_refused_by_its_largest_segment(tmp_path) -> None:
    elf_from_seed(tmp_path / "p", 40_000, seed=1, bss=2**40)
    with pytest.raises(Problem, match=r"its segment at 0x\w+ has 1,099,51.* bytes of memory"):
        inputs.own_program(tmp_path / "p")


def test_an_unknown_workload_says_which_there_are() -> None:
    with pytest.raises(Problem, match="no workload tea; there are: elf-24m, elf-89m, bun"):
        inputs.program("tea")


@pytest.mark.parametrize("kilobytes, memory_mib", [(1_000, 128), (60_000, 256)])
def test_a_guest_has_room_for_its_program_twice(tmp_path: Path, kilobytes, memory_mib) -> None:
    elf_from_seed(tmp_path / "p", kilobytes * 1000, seed=1)
    assert inputs.own_program(tmp_path / "p").memory_mib == memory_mib


# --- bun, or what stands in for it ----------------------------------------------------------------


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a program of one's own in place of npm."""
    def instead(script: str) -> None:
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / "npm").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / "npm").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return instead


def package(path: Path, member: str, content: bytes) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def largest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system whose largest program is known."""
    system = tmp_path / "system"
    system.mkdir()
    elf_from_seed(system / "small", 40_000, seed=1)
    elf_from_seed(system / "large", 80_000, seed=1)
    (system / "larger, but no program").write_bytes(bytes(200_000))
    (system / "link").symlink_to("/usr/bin/python3.11")
    monkeypatch.setattr(inputs, "SYSTEM_FOLDERS", (str(system),))
    return system / "large"


def test_without_npm_the_largest_program_stands_in_and_a_line_says_so(npm, largest, capsys) -> None:
    npm("echo npm error code ENOTFOUND >&2; exit 1")
    got = inputs.program("bun")
    assert (got.path, got.substitute) == (largest, True)
    said = capsys.readouterr().err
    assert "ENOTFOUND" in said and f"{largest}, 80,000 bytes" in said


@pytest.mark.parametrize("size", [inputs.BUN_SIZE, 7])
def test_a_package_with_another_file_is_not_taken_for_bun(npm, largest, tmp_path, capsys,
                                                          monkeypatch, size) -> None:
    tgz = package(tmp_path / "oven.tgz", "package/bin/bun", b"not bun")
    monkeypatch.setattr(inputs, "BUN_SIZE", size)
    npm(f"cp {tgz} .")
    assert inputs.program("bun").substitute
    assert "another file of 7 bytes" in capsys.readouterr().err


def test_a_package_without_bun_is_not_taken_for_bun(npm, largest, tmp_path, capsys) -> None:
    tgz = package(tmp_path / "oven.tgz", "package/readme", b"hello")
    npm(f"cp {tgz} .")
    assert inputs.program("bun").substitute
    assert "holds no bin/bun" in capsys.readouterr().err


def test_the_right_package_is_unpacked_once(npm, tmp_path, monkeypatch) -> None:
    content = b"\x7fELF and so on"
    tgz = package(tmp_path / "oven.tgz", "package/bin/bun", content)
    monkeypatch.setattr(inputs, "BUN_SIZE", len(content))
    (tmp_path / "bun").write_bytes(content)
    monkeypatch.setattr(inputs, "BUN_SHA256", kept.sha256_of(tmp_path / "bun"))
    npm(f"cp {tgz} .; echo asked >>{tmp_path}/log")
    assert inputs.program("bun").path.read_bytes() == content
    assert not inputs.program("bun").substitute
    assert (tmp_path / "log").read_text() == "asked\n"


def test_a_program_too_large_for_a_guest_does_not_stand_in(largest, monkeypatch) -> None:
    monkeypatch.setattr(inputs, "LARGEST_BYTES", 1_560_000)
    assert inputs.largest_program(inputs.SYSTEM_FOLDERS) == largest.parent / "small"
