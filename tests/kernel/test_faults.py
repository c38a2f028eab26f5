"""Every step, booted, with a disk that is damaged or does not read: an error, and a clean end."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

import mutate
from kernel.measured import emulator, machine
from kernel.measured.emulator import Run
from kernel.measured.images import Link, make_image
from kernel.measured.programs import elf_from_seed

MEMORY_MIB = 64
NMUTATIONS = 60
SECONDS = 30  # a boot takes a tenth of one


def boot(kernel_elf: Path, disk: Path, *words: str, drive: str | None = None) -> Run:
    run = emulator.run(kernel_elf, disk, words, machine.golden_conditions(), MEMORY_MIB,
                     limit_seconds=SECONDS, drive=drive)
    assert run.exit in (emulator.LOADED, emulator.REPORTED), run.why_not()
    assert bool(run.errors) == (run.exit == emulator.REPORTED)
    return run


@pytest.fixture(scope="session")
def disk(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    elf_from_seed(folder / "program", size=300_000, seed=11)
    make_image(folder / "disk", {"/program": folder / "program", "/dir/file": b"x",
                                  "/link": Link("dir")}, size_mib=2)
    return folder / "disk"


def test_a_damaged_disk_is_loaded_or_refused_and_nothing_else_is_written_to(
        kernel_elf, disk, tmp_path) -> None:
    """verify=1 looks after the canaries: a page that nobody allocated must stay as it was."""
    image, refused = disk.read_bytes(), 0
    for damage in mutate.mutations(image, seed=3, n=NMUTATIONS):
        (tmp_path / "disk").write_bytes(damage.apply(image).ljust(2**20, b"\0"))
        try:
            run = boot(kernel_elf, tmp_path / "disk", "load=/link/../program", "verify=1")
        except AssertionError as e:
            raise AssertionError(f"{damage.what}: {e}") from None
        assert not any("nobody allocated" in e for e in run.errors), damage.what
        refused += bool(run.errors)
    assert 0 < refused < NMUTATIONS, "the damages are too harmless, or all the same"


def read_error_at(tmp_path: Path, disk: Path, sector: int) -> str:
    """A drive whose sector does not read."""
    rules = tmp_path / "blkdebug"
    rules.write_text('[inject-error]\nevent = "read_aio"\nerrno = "5"\n'
                     f'sector = "{sector}"\nonce = "off"\n')
    return (f"if=none,id=disk,readonly=on,driver=raw,file.driver=blkdebug,file.config={rules},"
            f"file.image.driver=file,file.image.filename={disk}")


def sectors_of_the_program(disk: Path, run) -> list[int]:
    done = run(["debugfs", "-R", "blocks /program", disk])
    return [int(b) * 2 for b in done.stdout.split()]


@pytest.mark.parametrize("which", [0, 7, 40, -1])
def test_a_sector_that_does_not_read_is_named(kernel_elf, disk, tmp_path, run, which) -> None:
    sector = sectors_of_the_program(disk, run)[which]
    result = boot(kernel_elf, disk, "load=/program", "touch=100",
                  drive=read_error_at(tmp_path, disk, sector))
    assert result.exit == emulator.REPORTED
    named = [int(n) for e in result.errors for n in re.findall(r"sector (\d+)", e)]
    assert named and named[0] <= sector, f"sector {sector}: {result.errors}"
    assert "load.ns" not in result.figures


def test_the_superblocks_sector_that_does_not_read_is_named(kernel_elf, disk, tmp_path) -> None:
    result = boot(kernel_elf, disk, "load=/program", drive=read_error_at(tmp_path, disk, 2))
    assert any("sector 2:" in e for e in result.errors), result.errors


@pytest.mark.parametrize("words, says", [
    (["load=/dir/nothing"], "/dir/nothing"),
    (["load=/dir"], "/dir (EISDIR"),
    (["load=/program/x"], "ENOTDIR"),
    (["lode=/program"], "byte 0: no such parameter: lode=/program"),
    (["touch=101"], "touch=101: there are 100 per cent"),
    (["verify=yes"], "not a number for verify: verify=yes"),
    (["load="], "not a text of a fitting length for load"),
    (['load=""'], "not a text of a fitting length for load"),
    (['load="/dir/no thing"'], "/dir/no thing (ENOENT"),
    (['load="/dir/nothing', "touch=1"], '"/dir/nothing touch=1'),
])
def test_what_is_asked_for_and_cannot_be_is_named(kernel_elf, disk, words, says) -> None:
    errors = boot(kernel_elf, disk, *words).errors
    assert len(errors) == 1 and says in errors[0], errors


def test_a_name_with_blanks_is_found(kernel_elf, disk, tmp_path) -> None:
    make_image(tmp_path / "disk", {"/my  own/pro gram": disk.parent / "program"})
    run = boot(kernel_elf, tmp_path / "disk", 'load="/my  own/pro gram"', "touch=1", "verify=1")
    assert run.pages and any(s.startswith("/my  own/pro gram: ") for s in run.said)


def test_a_disk_with_larger_sectors_is_refused_by_their_size(kernel_elf, disk) -> None:
    """It would answer each of our requests with an error, the first of them for the superblock."""
    run = emulator.run(kernel_elf, disk, ["load=/program"], machine.golden_conditions(), MEMORY_MIB,
                     limit_seconds=SECONDS,
                     more=["-global", "virtio-blk-device.logical_block_size=4096",
                           "-global", "virtio-blk-device.physical_block_size=4096"])
    assert run.exit == emulator.REPORTED and len(run.errors) == 1
    assert "a disk with sectors of 4096 bytes, not 512 (EOPNOTSUPP" in run.errors[0]


def test_a_machine_without_a_disk_is_told_so(kernel_elf) -> None:
    run = emulator.run(kernel_elf, None, [], machine.golden_conditions(), MEMORY_MIB,
                     limit_seconds=SECONDS)
    assert run.errors == ["no virtio device of kind 2 in 24 slots (ENODEV: no such device)"]


def test_a_program_that_does_not_fit_is_refused_before_anything_is_read(
        kernel_elf, tmp_path) -> None:
    elf_from_seed(tmp_path / "program", size=100_000, seed=12, bss=200 * 2**20)
    make_image(tmp_path / "disk", {"/program": tmp_path / "program"})
    errors = boot(kernel_elf, tmp_path / "disk", "load=/program").errors
    assert len(errors) == 1 and re.search(r"needs \d+ MiB of memory, \d+ MiB are free", errors[0])
    assert re.search(r"its segment at 0x\w+ alone has 201 MiB", errors[0])


def kth_read_fails(tmp_path: Path, disk: Path, k: int) -> str:
    """A drive whose kth read fails, and no other. The first is QEMU's own: it looks for partitions."""
    k, rules = k + 1, tmp_path / "blkdebug"
    rules.write_text("".join(f'[set-state]\nevent = "read_aio"\nstate = "{n}"\nnew_state = "{n + 1}"\n'
                             for n in range(1, k))
                     + f'[inject-error]\nevent = "read_aio"\nstate = "{k}"\nerrno = "5"\n'
                       'once = "on"\n')
    return (f"if=none,id=disk,readonly=on,driver=raw,file.driver=blkdebug,file.config={rules},"
            f"file.image.driver=file,file.image.filename={disk}")


@pytest.mark.from_step(107)
def test_whichever_read_fails_the_load_fails_and_says_where(step, kernel_elf, disk, tmp_path):
    """k = 1, 2, 3 … until none of them fails any more, because there are not so many."""
    for k in range(1, 200):
        run = boot(kernel_elf, disk, "load=/program", drive=kth_read_fails(tmp_path, disk, k))
        if run.exit == emulator.LOADED:
            break
        assert any(re.search(r"sector \d+: the device reports an error", e) for e in run.errors), \
            f"read {k}: {run.errors}"
        assert "load.ns" not in run.figures, f"read {k}"
    assert run.exit == emulator.LOADED and k > 5, f"read {k}: {run.why_not()}"
