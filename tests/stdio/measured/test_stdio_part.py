"""Part 4 measured with a stand-in for its command: prepared, timed, proven, recorded."""
from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest

from measure import steps
from measure.contests import kept
from measure.contests.contest import Contest
from measure.goldens import golden, record
from measure.machine import page_cache
from measure.problem import Problem
from measure.steps import Step
from measure.verbs import ladder, once
from stdio.measured import inputs as stdio_inputs, part as stdio_part
from stdio.measured.part import StageSubject

# Reads what it is told to and prints its CRC; its time and its counts are made up.
STAND_IN = '''#!/usr/bin/python3
import os, sys, zlib
verb, case, *words = sys.argv[1:]
assert verb == "bench"
files = open(words[1]).read().split() if words[0] == "--list" else [words[0]]
content = [open(name, "rb").read() for name in files]
if case == "copy":
    open(words[1], "wb").write(content[0])
print(case, zlib.crc32(b"".join(content)))
with open(os.environ["COUNTERS"], "w") as f:
    f.write(f"run.ns {NS}\\nsys.read {READS * len(files)}\\nsys.open {len(files)}\\n")
'''


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Inputs of one's own, and small."""
    monkeypatch.setattr(kept, "INPUTS", tmp_path / "inputs")
    mb = stdio_inputs.MB
    monkeypatch.setitem(stdio_inputs.WORKLOADS, "seq-100m", stdio_inputs.Workload(
        stdio_inputs._file(2 * mb, 1), stdio_inputs.READ, 2 * mb))
    monkeypatch.setitem(stdio_inputs.WORKLOADS, "copy-64m", stdio_inputs.Workload(
        stdio_inputs._file(1 * mb, 1), stdio_inputs.COPY, 1 * mb))
    return tmp_path


@pytest.fixture
def ladder_of_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Two steps of part 4; the second makes half as many calls in half the time."""
    made = []
    for number, name in ((400, "slow"), (401, "fast")):
        folder = tmp_path / "steps" / f"{number}-{name}"
        folder.mkdir(parents=True)
        (folder / "step.toml").write_text(
            f'title = "{name.capitalize()}"\nworkload = "seq-100m"\nalso = ["seq-100m-cold"]\n')
        made.append(Step(number, name, folder))
    monkeypatch.setattr(steps, "all_steps", lambda root=None, part=None: made)

    def build(goal: str, step: Step, *, without=()) -> Path:
        assert goal == "stage"
        out = tmp_path / "build" / str(step.number)
        slow = 2 if step.number == 400 else 1
        stand_in(out / "stage", ns=2_000_000 * slow, reads=10 * slow)
        return out

    monkeypatch.setattr(stdio_part.build, "of_step", build)
    return made


def stand_in(path: Path, text: str = STAND_IN, ns: int = 1_000_000, reads: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("NS", str(ns)).replace("READS", str(reads)))
    path.chmod(0o755)
    return path


@pytest.fixture
def subject(tmp_path: Path):
    def made(workload: str, text: str = STAND_IN, **options) -> StageSubject:
        return StageSubject("400-slow", "", None, stand_in(tmp_path / "stage", text),
                            stdio_inputs.workload(workload), **options)
    return made


# --- one run ------------------------------------------------------------------------------------


def test_a_run_gives_its_own_time_its_counters_and_its_output(subject) -> None:
    run = subject("small-100").run()
    assert run.seconds == 0.001
    assert run.counters == {"sys.open": 100, "sys.read": 100}
    assert run.output.startswith("many ")


@pytest.mark.parametrize("workload, cached", [("seq-100m", 1), ("seq-100m-cold", 0)])
def test_a_file_is_as_warm_or_cold_as_the_workload_says(subject, monkeypatch, workload, cached
                                                        ) -> None:
    this = subject(workload)
    found = []
    run = stdio_part.hosted.run
    monkeypatch.setattr(stdio_part.hosted, "run", lambda *a, **k: found.append(
        [page_cache.cached_pages(p) / page_cache.npages(p) for p in this.input.paths]) or run(*a, **k))
    this.run()
    this.run()
    assert found == [[cached]] * 2


def test_all_small_files_of_a_cold_workload_are_cold(subject, monkeypatch) -> None:
    this = subject("small-100-cold")
    monkeypatch.setattr(stdio_part.hosted, "run", lambda *a, **k: pytest.fail("too late")
                        if sum(map(page_cache.cached_pages, this.input.paths)) else stdio_part.Run(
                            1, {}, ""))
    assert this.run().seconds == 1


def test_one_time_is_the_median_of_several_runs_where_one_is_too_short(subject, monkeypatch) -> None:
    times = iter([9, 1, 2, 8, 3, 7, 4, 6, 5])
    monkeypatch.setattr(stdio_part.hosted, "run", lambda *a, **k: stdio_part.Run(
        next(times), {}, ""))
    assert subject("small-100").run().seconds == 5
    assert list(times) == []


def test_a_copy_goes_beside_its_source_and_leaves_nothing(subject) -> None:
    this = subject("copy-64m")
    before = sorted(os.listdir(this.input.folder))
    assert "copy is the same" in this.prove().checked
    this.run()
    assert sorted(os.listdir(this.input.folder)) == before


# --- proof ----------------------------------------------------------------------------------------


def test_a_copy_with_one_wrong_byte_is_found(subject) -> None:
    wrong = STAND_IN.replace(".write(content[0])", '.write(content[0][:-1] + b"?")')
    with pytest.raises(Problem, match="400-slow copies stdio-1m.bin wrong"):
        subject("copy-64m", wrong).prove()


def test_a_build_that_says_nothing_cannot_be_compared(subject) -> None:
    with pytest.raises(Problem, match="gives no output that could be compared"):
        subject("seq-100m", STAND_IN.replace("print(case, ", "str(")).prove()


def test_two_builds_that_read_other_bytes_are_not_timed(subject, tmp_path) -> None:
    right = subject("seq-100m")
    wrong = StageSubject("401-wrong", "", None,
                         stand_in(tmp_path / "other", STAND_IN.replace('b"".join', 'b"x".join')
                                  .replace("content))", "content + content))")), right.input)
    with pytest.raises(Problem, match="401-wrong and 400-slow do not give the same output"):
        Contest([right, wrong]).prove()


# --- goldens, ladders, verbs --------------------------------------------------------------------------


def test_a_golden_holds_what_part_4_has_and_speaks_of_no_qemu(ladder_of_two, monkeypatch) -> None:
    monkeypatch.setattr(StageSubject, "twin_of", lambda self, other: False)
    slow, fast = ladder_of_two
    for step in ladder_of_two:
        record.record(step)
    known = golden.load(fast)
    assert known["counters"] == {"sys.open": 1, "sys.read": 10}
    assert (known["ratio"]["median"], known["verdict"]) == (2, "faster")
    assert (known["before_seconds"], known["seconds"]) == (0.004, 0.002)
    assert known["input"]["case"] == "read stdio-2m.bin"
    assert known["machine"].keys() == {"boot", "architecture", "cpu", "cores", "kernel", "compiler",
                                       "filesystem", "cache", "date"}
    cold = known["also"]["seq-100m-cold"]
    assert cold["input"]["cache"] == "cold" and cold["verdict"] == "faster"
    assert cold["ratio_first"]["before"] == slow.id
    assert golden.check_counters(fast) == []
    assert golden.check_ratio(fast).outcome == "pass"


def test_a_counter_that_changed_is_named(ladder_of_two, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(StageSubject, "twin_of", lambda self, other: False)
    step = ladder_of_two[0]
    record.record(step)
    known = golden.stored(step)
    known["on"]["seq-100m"]["counters"]["sys.read"] = 7
    step.golden_path.write_text(json.dumps(known))
    [wrong] = golden.check_counters(step)
    assert wrong.startswith("sys.read: 20, expected 7")


def test_the_ladder_counts_system_calls(ladder_of_two) -> None:
    contest = ladder.contest_of(ladder_of_two, "seq-100m", (), lambda text: None)
    contest.prove()
    contest.measure(lambda: True, budget_seconds=0, least=2)
    rows = ladder.rows_of(contest)
    assert [(r["requests"], r["ratio"] and r["ratio"]["median"]) for r in rows] == [
        (21, None), (11, 2), (None, None)]
    assert rows[-1]["step"] == "floor" and rows[0]["distance"] > 0
    table = ladder.table_of(rows).plain()
    assert "system calls" in table.splitlines()[0]
    from measure.drawing import figures
    assert "11 system calls" in figures.ladder_text(rows)


def test_run_reads_any_file_of_the_readers_own(ladder_of_two, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(once, "ROOT", tmp_path)
    (tmp_path / "mine.txt").write_text("hello")
    options = argparse.Namespace(elf="", image="", file=str(tmp_path / "mine.txt"), workload="",
                                 without="", verify="1")
    once.run(ladder_of_two[0], options)
    said = capsys.readouterr().out
    assert "400-slow with mine.txt, 5 bytes; read mine.txt; warm" in said
    assert "verified: it gives 'read " in said
    report = json.loads((tmp_path / "build/400/run.json").read_text())
    assert report == {"step": 400, "workload": "mine.txt", "seconds": 0.004,
                      "counters": {"sys.open": 1, "sys.read": 20}}


def test_elf_and_image_are_the_kernels(ladder_of_two) -> None:
    options = argparse.Namespace(elf="/bin/sh", image="", file="", workload="", without="")
    with pytest.raises(Problem, match="step 400-slow loads no program: FILE="):
        stdio_part.PART.asked_for(ladder_of_two[0], options)
