"""Other file systems come and go: nothing stays mounted, whatever happens inside."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from measure.machine import here, mounts, process
from measure.problem import Problem
from measure.steps import ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mounts, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture(params=["ext4", "xfs", "btrfs"])
def kind(request) -> str:
    if why := mounts.why_not(request.param):
        pytest.skip(why)
    return request.param


def nothing_left(folder: Path) -> bool:
    devices = process.run(["losetup", "--list", "--noheadings", "--output", "BACK-FILE"]).stdout
    return (list(folder.iterdir()) == [] and str(folder) not in Path("/proc/mounts").read_text()
            and str(folder) not in devices)


def test_a_mounted_file_system_holds_files_and_is_gone_afterwards(folder, kind) -> None:
    with mounts.mounted(kind, 50_000_000) as root:
        (root / "file").write_bytes(os.urandom(30_000_000))
        assert here.filesystem(root / "file") == kind
    assert nothing_left(folder)


def test_an_error_inside_unmounts_too(folder, kind) -> None:
    with pytest.raises(KeyboardInterrupt):
        with mounts.mounted(kind, 1_000_000):
            raise KeyboardInterrupt
    assert nothing_left(folder)


def test_a_file_left_open_inside_does_not_keep_it_mounted(folder, kind) -> None:
    with mounts.mounted(kind, 1_000_000) as root:
        left = open(root / "file", "wb")
    try:
        assert str(folder) not in Path("/proc/mounts").read_text()
    finally:
        left.close()
    assert not list(folder.iterdir())


def test_an_interrupted_process_leaves_nothing_mounted(folder, kind, spawn) -> None:
    code = (f"from pathlib import Path\nfrom measure.machine import mounts\nmounts.FOLDER = "
            f"Path({str(folder)!r})\nwith mounts.mounted({kind!r}, 10**6):\n"
            "    print('mounted', flush=True)\n    import signal\n    signal.pause()")
    holder = spawn(["env", "--default-signal=INT", sys.executable, "-c", code],
                   env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert holder.stdout.readline() == "mounted\n"
    holder.send_signal(subprocess.signal.SIGINT)
    holder.wait(timeout=60)
    assert nothing_left(folder)


def test_why_not_is_one_line_that_says_what_is_missing(monkeypatch) -> None:
    assert "nobody here knows how to make zfs; there are: ext4, xfs, btrfs" == mounts.why_not("zfs")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert mounts.why_not("xfs") == "xfs: only root may mount"
    with pytest.raises(Problem, match="only root may mount"):
        with mounts.mounted("xfs", 1):
            pass
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "/nowhere")
    assert "mkfs.xfs is not installed; `make setup`" in mounts.why_not("xfs")
