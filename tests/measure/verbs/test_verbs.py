"""The command line: what a user gets wrong is one line that says what to do."""
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from measure import steps
from measure.steps import ROOT
from kernel.measured.programs import elf_from_seed


@pytest.fixture
def measure(run):
    def call(*args: str, **variables: str):
        env = {k: v for k, v in os.environ.items()
               if k not in ("ELF", "IMAGE", "FILE", "WORKLOAD", "VERIFY", "WITHOUT", "STEPS")}
        return run([sys.executable, "-m", "measure", *args], cwd=ROOT, timeout=150,
                   env=env | {"PYTHONPATH": str(ROOT / "tests"), "ACCEL": "tcg"} | variables)
    return call


@pytest.mark.parametrize("args, variables, says", [
    (["run", "199"], {}, "there is no step 199; there are: 100-sector-by-sector"),
    (["run", "tea"], {}, "there is no step tea"),
    (["frob"], {}, "invalid choice: 'frob'"),
    ([], {}, "required: VERB"),
    (["run", "100"], {"WORKLOAD": "tea"}, "there is no workload tea; there are: elf-24m"),
    (["run", "100"], {"ELF": "/nowhere/x"}, "there is no program /nowhere/x"),
    (["run", "100"], {"ELF": "/etc/passwd"}, "/etc/passwd is not an x86-64 ELF program"),
    (["run", "100"], {"IMAGE": "/etc/passwd"}, "IMAGE=disk.img and FILE=/path/in/it are wanted"),
    (["run", "100"], {"ACCEL": "warp"}, "ACCEL=warp: there are tcg and kvm"),
    (["run", "100"], {"QEMU": "qemu-nowhere"}, "qemu-nowhere is not installed; `make setup`"),
    (["bench"], {"STEPS": "180-190"}, "STEPS=180-190: there is no such step"),
    (["golden", "kernel"], {"EXPERIMENT": "tea"}, "the part kernel has no experiment tea; there"),
    (["golden", "fuse"], {}, "there is no step fuse; there are: 100-"),
    (["bench"], {"PART": "tea"}, "there is no part tea; there are: kernel"),
], ids=str)
def test_a_mistake_is_one_line_and_status_2(measure, args, variables, says) -> None:
    done = measure(*args, **variables)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert says in done.stderr and done.stderr.count("\n") == 1, done.stderr


@pytest.fixture
def small(tmp_path: Path) -> Path:
    elf_from_seed(tmp_path / "small", 150_000, seed=4)
    return tmp_path / "small"


@pytest.fixture
def measure_there(project):
    """The same in a copy of the project, whose build/ is its own."""
    def call(*args: str, **variables: str):
        return project.run(
            [sys.executable, "-m", "measure", *args], cwd=project.root, timeout=150,
            env=os.environ | {"PYTHONPATH": str(project.root / "tests"), "ACCEL": "tcg"}
            | variables)
    return call


def test_run_prints_time_and_counters_and_writes_run_json(measure_there, project, small) -> None:
    done = measure_there("run", "101", ELF=str(small), VERIFY="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "in a pipe there is no progress"
    report = json.loads((project.root / "build/101/run.json").read_text())
    assert report.keys() == {"step", "workload", "seconds", "counters"}
    assert (report["step"], report["workload"]) == (101, "small")
    for name, value in report["counters"].items():
        assert any(line.split() == [name, f"{value:,}"] for line in done.stdout.splitlines()), name
    assert "verified: it loads small byte for byte: " in done.stdout


def test_run_leaves_layers_out_if_asked_to(measure_there, project, small) -> None:
    done = measure_there("run", "101", ELF=str(small), WITHOUT="block-cache")
    assert done.returncode == 0, done.stderr
    report = json.loads((project.root / "build/101-without-101/run.json").read_text())
    assert "cache.hits" not in report["counters"]


def test_a_compile_error_is_shown_as_the_compiler_said_it(measure_there, project) -> None:
    path = str(steps.resolve("virtio_blk.c", steps.find(100)).relative_to(ROOT))
    project.write(path, "#error broken on purpose\n")
    done = measure_there("run", "100")
    assert done.returncode == 2
    assert f"{path}:1:2: error: #error broken on purpose" in done.stderr
    assert "Traceback" not in done.stderr
