"""The block driver of every step against devices that misbehave: an error, never a hang or a wrong byte."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from measure import steps

FLAGS = ["-std=gnu17", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
         "-Isrc", "-include", "core/banned.h", "-Wall"]


@pytest.fixture(scope="session")
def device(step: steps.Step, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tests/kernel/device/main.c with this step's driver."""
    program = tmp_path_factory.mktemp("device") / "device"
    driver = [steps.resolve("virtio_blk.c", step),
              *sorted((steps.ROOT / "src/kernel/machine").glob("virtq*.c"))]
    core = sorted((steps.ROOT / "src/core").glob("*.c"))
    subprocess.run(["gcc", *FLAGS, "-o", program, steps.ROOT / "tests/kernel/device/main.c",
                    *driver, *core], cwd=steps.ROOT, check=True)
    return program


def run(device: Path, behaviour: str) -> tuple[int, str]:
    done = subprocess.run([device, behaviour], capture_output=True, text=True, timeout=20)
    assert "Sanitizer" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("behaviour", ["good", "small-queue"])
def test_a_good_device_is_read_byte_for_byte(device, behaviour):
    assert run(device, behaviour) == (0, "result ok, status register 0\n")


@pytest.mark.parametrize("behaviour, error, says", [
    ("silent", "ETIMEDOUT", "no reply"),
    ("id-out-of-range", "EPROTO", "not outstanding"),
    ("id-not-outstanding", "EPROTO", "not outstanding"),
    ("twice", "EPROTO", "chains, but has only"),
    ("leaps", "EPROTO", "chains, but has only"),
    ("long", "EPROTO", "bytes into"),
    ("short", "EPROTO", "sector 3: "),
    ("unsupp", "EPROTO", "sector 3: status 2"),
    ("ioerr", "EIO", "sector 3: the device reports an error"),
])
def test_a_misbehaving_device_is_an_error_that_says_what(device, behaviour, error, says):
    code, said = run(device, behaviour)
    assert code == 1
    assert f"result {error}" in said
    assert says in said


def test_a_queue_too_small_for_one_request_is_refused(device):
    code, said = run(device, "tiny-queue")
    assert code == 1
    assert "no usable queue 0 (2 entries)" in said
