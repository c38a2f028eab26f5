"""One run under QEMU, played by scripts that say and do what no kernel should."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from measure.machine import process
from measure.problem import Problem
from measure.steps import ROOT
from kernel.measured import emulator
from kernel.measured.emulator import Conditions, Run

QMP_SERVER = '''#!/usr/bin/python3
import json, re, socket, sys
path = re.search("unix:([^,]*)", " ".join(sys.argv))[1]
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
print("holding", flush=True)
talk = server.accept()[0].makefile("rw")
def say(what):
    talk.write(json.dumps(what) + "\\n")
    talk.flush()
say({"QMP": {}})
talk.readline()
say({"event": "STOP"})
say({"return": {}})
talk.readline()
say({"event": "RESUME"})
say({"return": [{"device": "other", "stats": {}},
                {"device": "disk", "stats": {"rd_operations": 7}}]})
sys.stdin.readline()
print("load.ns 5", flush=True)
sys.exit(33)
'''


@pytest.fixture
def qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a script in QEMU's place; returns what a run of it came to."""
    def play(script: str, **options) -> Run:
        path = tmp_path / "qemu"
        path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("QEMU", str(path))
        return emulator.run(tmp_path / "kernel", None, [], Conditions(), 64,
                          **{"limit_seconds": 60} | options)
    return play


# --- what is read ----------------------------------------------------------------------------


def test_counters_of_one_name_are_added_up_and_the_time_is_no_counter(qemu) -> None:
    run = qemu("echo load.ns 1500000000; echo clock.hz 7; echo a.b 1; echo a.b_2 5; echo a.b 2;"
               "exit 33")
    assert run.counters == {"a.b": 3, "a.b_2": 5}
    assert run.check("it").seconds == 1.5


def test_after_touches_the_time_is_that_of_load_and_touches(qemu) -> None:
    run = qemu("echo load.ns 1000000000; echo first.ns 1500000000; echo touch.ns 250000000; exit 33")
    assert (run.seconds, run.first_seconds, run.counters) == (1.75, 1.5, {})


def test_carriage_returns_and_a_missing_last_newline_do_not_matter(qemu) -> None:
    run = qemu(r"printf 'load.ns 10\r\na.b 4'; exit 33")
    assert run.check("it").figures == {"load.ns": 10, "a.b": 4}


def test_pages_are_read_with_checksum_and_permissions(qemu) -> None:
    run = qemu("echo page 0000000000400000 deadbeef r-x; echo page 400000 0 rwx; exit 33")
    assert run.pages == {0x400000: (0xdeadbeef, "r-x")}
    assert run.said == ["page 400000 0 rwx"]


def test_progress_is_told_and_kept_out_of_the_rest(qemu) -> None:
    told: list[int] = []
    run = qemu("echo loading 5 %; echo loading 80 %; exit 33", on_progress=told.append)
    assert (told, run.said) == ([5, 80], [])


def test_free_text_and_near_misses_are_not_counters(qemu) -> None:
    run = qemu("echo 'virtio-blk: 5 sectors'; echo Virtio.x 5; echo a.b -5; echo a.b 5 6; exit 33")
    assert run.counters == {} and len(run.said) == 4


def test_the_disks_traffic_is_asked_for_while_the_kernel_holds(qemu) -> None:
    run = qemu(QMP_SERVER)
    assert run.check("it").outsider == {"rd_operations": 7}


def test_a_qemu_that_holds_but_does_not_answer_is_let_go(qemu) -> None:
    run = qemu("echo holding; read line; echo load.ns 5; exit 33")
    assert run.check("it").outsider is None


# --- what goes wrong -------------------------------------------------------------------------


def test_a_kernel_that_says_nothing_is_killed_at_the_limit(qemu) -> None:
    run = qemu("sleep 1000", limit_seconds=0.5)
    assert run.exit is None
    with pytest.raises(Problem, match="it: no end after 0.5 s, and was killed"):
        run.check("it")


def test_a_kernel_that_hangs_is_quoted_with_its_last_line(qemu) -> None:
    run = qemu("echo mounting; sleep 1000", limit_seconds=0.5)
    assert "its last line: mounting" in run.why_not()


def test_a_qemu_that_closes_its_output_and_stays_is_killed_too(qemu) -> None:
    assert qemu("exec >&-; sleep 1000", limit_seconds=0.5).exit is None


def test_output_without_end_is_stopped(qemu, monkeypatch) -> None:
    monkeypatch.setattr(emulator, "OUTPUT_LIMIT", 2**20)
    assert "printed more than 1 MiB, and was killed" in qemu("yes garbage").why_not()


def test_garbage_is_no_result_and_no_crash(qemu) -> None:
    run = qemu("head -c 300000 /dev/urandom; exit 33")
    with pytest.raises(Problem, match="never said load.ns"):
        run.check("it")


def test_a_qemu_that_dies_is_reported_with_its_own_last_words(qemu) -> None:
    run = qemu("echo 'warning: first' >&2; echo 'qemu: no such machine' >&2; exit 1")
    assert run.why_not() == "QEMU ended with status 1: qemu: no such machine"
    assert "status -11" in qemu("kill -SEGV $$").why_not()


def test_an_error_is_reported_in_the_kernels_words(qemu) -> None:
    run = qemu("echo 'error: virtio-blk: sector 17 (EIO)'; echo 'error: /bin/x'; exit 35")
    assert run.why_not() == "the kernel reported: virtio-blk: sector 17 (EIO)"


def test_an_error_counts_even_if_the_status_says_otherwise(qemu) -> None:
    run = qemu("echo 'error: EIO'; echo load.ns 5; exit 33")
    assert "EIO" in run.why_not()


def test_a_panic_is_reported(qemu) -> None:
    run = qemu("echo 'panic: page fault at 0x10'; exit 37")
    assert run.why_not() == "the kernel stopped. panic: page fault at 0x10"


def test_a_qemu_that_is_not_installed_is_a_line_that_names_the_remedy(monkeypatch) -> None:
    monkeypatch.setenv("QEMU", "qemu-system-nowhere")
    with pytest.raises(Problem, match="qemu-system-nowhere is not installed; `make setup`"):
        emulator.run(Path("k"), None, [], Conditions(), 64)


# --- nothing is left running ------------------------------------------------------------------


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Whoever holds this open for writing still runs: reading it to the end waits for them."""
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


HANG = "exec 9>{fifo}; echo started >&9; (sleep 1000) & sleep 1000"


def test_killing_reaches_the_programs_that_the_program_started(qemu, fifo, run) -> None:
    reader = subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE)
    qemu(HANG.format(fifo=fifo), limit_seconds=1)
    assert reader.communicate(timeout=30)[0] == b"started\n"


def test_a_program_does_not_outlive_a_harness_that_is_killed(fifo, spawn) -> None:
    code = ("from measure.machine import process\n"
            "with process.running(['sh', '-c', "
            f"'exec 9>{fifo}; echo started >&9; exec sleep 1000']) as p: p.wait()")
    harness = spawn([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": ROOT / "tests"})
    with open(fifo) as said:
        assert said.readline() == "started\n"
        harness.kill()
        assert said.read() == ""


@pytest.mark.parametrize("signal_, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_ends_at_once_and_leaves_nothing_running(
        tmp_path, fifo, spawn, signal_, status) -> None:
    fake = tmp_path / "qemu"
    fake.write_text('#!/bin/sh\ncase "$*" in *-kernel*) ;; *) exec qemu-system-x86_64 "$@";; esac\n'
                    + HANG.format(fifo=fifo) + "\n")
    fake.chmod(0o755)
    env = os.environ | {"PYTHONPATH": ROOT / "tests", "QEMU": fake, "ACCEL": "tcg"}
    # A job in the background ignores SIGINT, and so would everything that it starts.
    measure = spawn(["env", "--default-signal=INT", sys.executable, "-m", "measure", "run", "100"],
                    cwd=ROOT, env=env, stdout=process.PIPE, stderr=process.PIPE, text=True)
    with open(fifo) as said:
        assert said.readline() == "started\n"
        measure.send_signal(signal_)
        assert said.read() == ""
    assert measure.communicate(timeout=30) == ("", "")
    assert measure.returncode == status


# --- the command line -------------------------------------------------------------------------


def test_what_moves_the_result_is_on_the_command_line_and_in_the_record(tmp_path: Path) -> None:
    conditions = Conditions("tcg", "io_uring")
    line = " ".join(emulator.command(tmp_path / "k", tmp_path / "a,b.img", ["load=/x"], conditions,
                                   128, tmp_path / "qmp"))
    for option in ("-M microvm,pic=off,rtc=off,pit=on", "-accel tcg", "-cpu max",
                   "aio=io_uring,cache=writeback", "virtio-mmio.force-legacy=false"):
        assert option in line and option in conditions.qemu_options
    assert f"file={tmp_path}/a,,b.img" in line and "-m 128" in line and "-append load=/x" in line


def test_the_image_is_warm_before_the_run_and_the_guest_cannot_write_it(tmp_path: Path) -> None:
    assert Conditions().cache == "warm"
    assert "readonly=on" in Conditions().drive
