"""A golden gathers recordings: what is kept, what is dropped, and what follows from all of them."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from measure import steps
from measure.goldens import golden, record
from measure.goldens.record import Measured
from measure.steps import Step
from kernel.measured import part as kernel_part

TOML = 'title = "Two"\nworkload = "small"\nalso = ["real"]\n'


class Here:
    """A subject that knows where it runs."""
    def __init__(self, boot: str) -> None:
        self.boot = boot

    def describe_machine(self) -> dict:
        return {"boot": self.boot, "accelerator": "tcg"}


@pytest.fixture
def two_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    made = [Step(number, "s", tmp_path / f"{number}-s") for number in (100, 101)]
    for step in made:
        step.dir.mkdir()
        (step.dir / "step.toml").write_text(TOML)
    monkeypatch.setattr(steps, "all_steps", lambda root=None, part=None: made)
    monkeypatch.setattr(kernel_part.PART, "trace", lambda step: None)
    return made


@pytest.fixture
def add(two_steps, monkeypatch: pytest.MonkeyPatch):
    """Add a recording of a boot to the golden of step 101; what it says then."""
    def added(boot: str, ratios: list[float], *, threads: list[float] | None = None,
              requests: int = 7, seconds: float = 1.0, before: str = "100-s") -> dict:
        monkeypatch.setattr(kernel_part.PART, "of_step", lambda *a, **k: Here(boot))

        def take(r: list[float]) -> dict:
            return {"before": before, "before_seconds": seconds * r[0], "seconds": seconds,
                    "ratios": r, "floor_seconds": 0.5, "disturbed": 0}

        found = Measured(
            {"small": {"input": {"sha256": "x"}, "counters": {"virtio.requests": requests}}},
            {"small": {"io_uring": take(ratios)} | ({"threads": take(threads)} if threads else {})})
        step = two_steps[1]
        record.add(step, found, step.golden_path)
        return golden.load(step)
    return added


def test_recordings_of_different_boots_are_kept_and_their_interval_spans_them(add) -> None:
    add("a", [2.0] * 6)
    known = add("b", [3.0] * 6)
    assert known["recordings"] == known["ratio"]["recordings"] == 2
    assert (known["ratio"]["low"], known["ratio"]["high"], known["ratio"]["pairs"]) == (2, 3, 12)
    assert known["ratio"]["next_low"] < 2 and known["ratio"]["next_high"] > 3
    assert known["verdict"] == "faster"


def test_a_second_recording_of_one_boot_takes_the_place_of_the_first(add) -> None:
    add("a", [2.0] * 6)
    known = add("a", [3.0] * 6)
    assert known["recordings"] == 1 and known["ratio"]["median"] == 3


def test_the_newest_five_count(add) -> None:
    for n in range(7):
        known = add(f"boot {n}", [2.0 + n] * 6)
    assert known["recordings"] == 5
    assert (known["ratio"]["low"], known["ratio"]["high"]) == (4, 8)


def test_recordings_that_timed_other_code_are_dropped_and_that_is_said(add, capsys) -> None:
    add("a", [2.0] * 6)
    known = add("b", [3.0] * 6, requests=8)
    assert known["recordings"] == 1
    assert "101-s: virtio.requests of small is not what it was; 1 older" in capsys.readouterr().err


def test_a_recording_that_lies_outside_of_what_was_expected_is_named(add, capsys) -> None:
    for boot, ratio in (("a", 2.0), ("b", 2.02), ("c", 2.01)):
        add(boot, [ratio] * 6)
    assert not capsys.readouterr().err
    add("d", [4.0] * 6)
    assert "outside of where the recordings before expected it: small, io_uring: 4×" in (
        capsys.readouterr().err)


def test_both_times_come_from_the_pairs_of_the_ratio_itself(add) -> None:
    known = add("a", [2.0] * 6, seconds=3.0)
    assert (known["before_seconds"], known["seconds"]) == (6, 3)
    assert known["floor"] == {"seconds": 0.5, "distance": 6.0}


def test_conditions_that_disagree_are_both_told_and_the_verdict_depends(add) -> None:
    known = add("a", [1.5] * 6, threads=[0.5] * 6)
    assert known["verdict"] == "depends" and known["ratio"]["median"] == 1.5
    assert {name: (u["ratio"]["median"], u["verdict"]) for name, u in known["under"].items()} == {
        "io_uring": (1.5, "faster"), "threads": (0.5, "slower")}


def test_a_step_with_the_counts_of_the_last_one_whose_time_moved_is_unstable(add, two_steps) -> None:
    add("a", [1.5] * 20)
    (two_steps[0].golden_path).write_text(json.dumps(
        {"on": {"small": {"counters": {"virtio.requests": 7}}}, "recordings": []}))
    assert add("b", [1.2] * 20)["verdict"] == "unstable"


def test_the_file_keeps_what_was_measured_and_not_what_follows_from_it(add, two_steps) -> None:
    add("a", [1.5, 1.25] * 3)
    kept = json.loads(two_steps[1].golden_path.read_text())
    assert kept.keys() == {"step", "workload", "on", "recordings"}
    assert kept["recordings"][0]["on"]["small"]["io_uring"]["ratios"] == [1.5, 1.25] * 3


def test_a_ratio_to_another_step_than_the_newest_one_is_to_says_nothing_of_it(add) -> None:
    add("a", [9.0] * 6, before="90-s")
    known = add("b", [2.0] * 6)
    assert known["ratio"]["recordings"] == 1 and known["ratio"]["high"] == 2
