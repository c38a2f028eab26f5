"""The block driver of every step against devices that misbehave: an error, never a hang or a wrong byte."""
from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from measure import steps

HERE = steps.ROOT / "tests/kernel/device"
FLAGS = ["-std=gnu17", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
         "-Isrc", "-include", "core/banned.h", "-Wall"]


@pytest.fixture(scope="session")
def device(step: steps.Step, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tests/kernel/device/main.c with this step's driver."""
    program = tmp_path_factory.mktemp("device") / "device"
    driver = [steps.resolve("virtio_blk.c", step),
              *sorted((steps.ROOT / "src/kernel/machine").glob("virtq*.c"))]
    core = sorted((steps.ROOT / "src/core").glob("*.c"))
    subprocess.run(["gcc", *FLAGS, "-o", program, HERE / "main.c", HERE / "console.c",
                    *driver, *core], cwd=steps.ROOT, check=True)
    return program


INDIRECT, EVENT_IDX = 1 << 28, 1 << 29
BOTH = INDIRECT | EVENT_IDX
NREPLIES = 20  # a list of so many requests, each one reply from step 104 on
WRAP = 1 << 16


@dataclass(frozen=True)
class Run:
    status: int
    out: str

    @property
    def result(self) -> str:
        return re.search(r"^result (\w+)", self.out, re.M)[1]

    def __getitem__(self, counter: str) -> int:
        return int(re.search(rf"^{re.escape(counter)} (\d+)$", self.out, re.M)[1])


def run(device: Path, behaviour: str, features: int = 0, nth: int = 0, queue: int = 1024,
        start: int = 0) -> Run:
    done = subprocess.run([device, behaviour, *map(str, (features, nth, queue, start))],
                          capture_output=True, text=True, timeout=20)
    assert "Sanitizer" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return Run(done.returncode, done.stdout)


def offers(step: steps.Step) -> list[int]:
    """What a device may offer. Before 109 no driver takes anything, so it is all the same."""
    return [0, INDIRECT, EVENT_IDX, BOTH] if step.number >= 109 else [BOTH]


@pytest.mark.parametrize("behaviour", ["good", "backwards"])
@pytest.mark.parametrize("queue", [4, 8, 1024])
def test_a_good_device_is_read_byte_for_byte(step, device, behaviour, queue):
    for features in offers(step):
        done = run(device, behaviour, features, queue=queue)
        assert (done.status, done.result) == (0, "ok"), f"{features:#x}: {done.out}"


MISBEHAVIOUR = {
    "silent": ("ETIMEDOUT", "no reply"),
    "id-out-of-range": ("EPROTO", "not outstanding"),
    "id-not-outstanding": ("EPROTO", "not outstanding"),
    "twice": ("EPROTO", "the device finished"),
    "leaps": ("EPROTO", "chains, but has only"),
    "long": ("EPROTO", "bytes into"),
    "short": ("EPROTO", "bytes came, not"),
    "unsupp": ("EPROTO", "status 2"),
    "ioerr": ("EIO", "the device reports an error"),
}
EVERY_MISBEHAVIOUR = pytest.mark.parametrize("behaviour", MISBEHAVIOUR)


@EVERY_MISBEHAVIOUR
def test_a_misbehaving_device_is_an_error_that_says_what(step, device, behaviour):
    error, says = MISBEHAVIOUR[behaviour]
    for features in offers(step):
        done = run(device, behaviour, features)
        assert (done.status, done.result) == (1, error), f"{features:#x}: {done.out}"
        assert says in done.out


@pytest.mark.parametrize("behaviour", ["short", "unsupp", "ioerr"])
def test_what_is_said_of_a_request_names_its_sector(device, behaviour):
    assert "sector 3: " in run(device, behaviour).out


@EVERY_MISBEHAVIOUR
def test_whichever_reply_is_wrong_nothing_is_reported_good_that_is_not(step, device, behaviour):
    """All before it are right, and the program compares what it was given with what it was told."""
    for nth in range(1, NREPLIES, 1 if step.number >= 109 else 6):
        done = run(device, behaviour, BOTH, nth)
        assert (done.status, done.result) == (1, MISBEHAVIOUR[behaviour][0]), f"{nth}: {done.out}"


@pytest.mark.from_step(109)
@EVERY_MISBEHAVIOUR
def test_a_wrong_reply_is_found_when_the_queue_is_full_too(step, device, behaviour):
    for features in offers(step):
        for nth in (0, 5, NREPLIES - 1):
            done = run(device, behaviour, features, nth, queue=8)
            assert (done.status, done.result) == (1, MISBEHAVIOUR[behaviour][0]), \
                f"{features:#x}, {nth}: {done.out}"


def test_a_queue_too_small_for_one_request_is_refused(device):
    done = run(device, "good", queue=2)
    assert done.status == 1
    assert "no usable queue 0 (2 entries)" in done.out


@pytest.mark.parametrize("queue", [4, 1024])
def test_indices_wrap_at_2_to_the_16th(step, device, queue):
    """The list, begun at some distances from the wrap from which it crosses it."""
    for features in offers(step):
        for start in range(WRAP - NREPLIES, WRAP, 1 if features == BOTH else 6):
            done = run(device, "good", features, queue=queue, start=start)
            assert (done.status, done.result) == (0, "ok"), f"{features:#x}, {start}: {done.out}"


@pytest.mark.parametrize("start", [0, WRAP // 2 - 1, WRAP // 2, WRAP - 9])
def test_a_device_that_is_polled_is_told_not_to_interrupt(step, device, start):
    for features in offers(step):
        assert run(device, "good", features, start=start)["device.interrupts"] == 0, hex(features)


def test_a_device_that_never_wants_to_be_notified_is_given_up(step, device):
    for features in offers(step):
        assert run(device, "deaf", features).result == "ETIMEDOUT", hex(features)


@pytest.mark.from_step(109)
def test_a_device_at_work_is_not_notified_again(step, device):
    for features in offers(step):
        for start in (0, WRAP - 9):
            done = run(device, "good", features, queue=8, start=start)
            assert done["virtio.kicks"] == 1, f"{features:#x}, {start}"
            assert done["virtio.kicks_saved"] > 0, f"{features:#x}, {start}"


@pytest.mark.from_step(109)
def test_with_tables_scattered_memory_does_not_keep_requests_waiting(device):
    """Of 16 descriptors one piece of memory takes three, up to seven take one, or else up to nine."""
    with_tables, without = (run(device, "good", features, queue=16) for features in (INDIRECT, 0))
    assert with_tables["virtio.in_flight"] > 16 // 2 and without["virtio.in_flight"] < 16 // 3
    assert with_tables["virtio.tables"] > 0 and without["virtio.tables"] == 0


@pytest.mark.from_step(109)
def test_without_memory_for_a_table_a_request_takes_descriptors(device):
    done = run(device, "no-memory", INDIRECT, queue=16)
    assert (done.status, done.result) == (0, "ok"), done.out
    assert done["virtio.in_flight"] == run(device, "good", 0, queue=16)["virtio.in_flight"]


# --- opened with little memory -------------------------------------------------------------------


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tests/kernel/device/faults.c with the machine's files, which no step replaces."""
    program = tmp_path_factory.mktemp("faults") / "faults"
    src = steps.ROOT / "src"
    subprocess.run(["gcc", *FLAGS, "-include", HERE / "cpu.h", "-o", program, HERE / "faults.c",
                    HERE / "console.c", src / "kernel/machine/blk_dev.c", src / "kernel/machine/map.c",
                    *sorted((src / "kernel/machine").glob("virtq*.c")),
                    *sorted((src / "core").glob("*.c"))],
                   cwd=steps.ROOT, check=True)
    return program


@pytest.mark.parametrize("what, npieces", [("blk", 4), ("space", 6)])
def test_each_piece_of_memory_that_cannot_be_had_is_reported_once(faults, what, npieces):
    for k in range(1, npieces + 2):
        done = subprocess.run([faults, what, str(k)], capture_output=True, text=True, timeout=20)
        said = done.stdout.splitlines()
        if k > npieces:
            assert (done.returncode, said) == (0, []), "there are more pieces to fail"
        else:
            assert done.returncode == 1 and len(said) == 1, f"piece {k}: {said}"
            assert said[0].startswith("error: ") and "no " in said[0] and "ENOMEM" in said[0]
