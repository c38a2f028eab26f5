"""Counters against goldens, each miss explained; ratios only under the recorded conditions."""
from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from measure import steps
from measure.contests import contest, counts
from measure.contests.contest import Contest
from measure.contests.pairs import Interval
from measure.contests.subject import Proof
from measure.goldens import golden
from measure.machine import quiet
from measure.problem import Problem
from measure.steps import Step
from kernel.measured import pages, part as kernel_part
from kernel.measured.emulator import Conditions, Run
from kernel.measured.inputs import Disk, Program
from kernel.measured.part import KernelSubject, same_code
from kernel.measured.programs import elf_from_seed


# --- counters -------------------------------------------------------------------------------


def test_equal_counters_do_not_differ() -> None:
    assert counts.differ({"a.b": 1}, {"a.b": 1}, {}) == []


def test_one_more_is_a_difference_and_so_is_a_missing_or_a_new_counter() -> None:
    differ = counts.differ({"a.b": 100, "c.d": 1}, {"a.b": 101, "e.f": 1}, {})
    assert differ == ["a.b", "c.d", "e.f"]


@pytest.mark.parametrize("got, differs", [(1020, False), (980, False), (1021, True), (979, True)])
def test_a_tolerance_reaches_as_far_as_its_percentage(got: int, differs: bool) -> None:
    allowed = {"a.b": {"percent": 2, "why": "two threads"}}
    assert bool(counts.differ({"a.b": 1000}, {"a.b": got}, allowed)) is differs


@pytest.mark.parametrize("got, differs", [(0, False), (3, False), (4, True)])
def test_a_tolerance_may_be_as_much_as_another_counter(got: int, differs: bool) -> None:
    allowed = {"first.try": {"percent": 0}, "second.try": {"percent": 100, "of": "first.try"}}
    tries = {"first.try": 3, "second.try": 0}
    assert bool(counts.differ(tries, {"first.try": 3, "second.try": got}, allowed)) is differs


@pytest.fixture
def ladder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Three made-up steps whose step.toml speak of the same counters."""
    monkeypatch.setattr(steps, "all_steps", lambda root=None, part=None: made)
    made = []
    for number, text, code in (
            (100, '[explain."x.y"]\nmore = "old"\nfewer = "less"', 'COUNTER(a, "x.y");'),
            (101, '[explain."x.y"]\nmore = "new"\n'
                  '[tolerance]\n"x.y" = {percent = 1, why = "luck"}', ""),
            (102, "", 'COUNTER(a, "x.y");')):
        folder = tmp_path / f"{number}-s"
        folder.mkdir()
        (folder / "step.toml").write_text(text)
        if code:
            (folder / "file.c").write_text(code)
        made.append(Step(number, "s", folder))
    return made


def test_what_a_step_says_about_a_counter_holds_until_a_later_step_says_otherwise(ladder) -> None:
    first, second, third = ladder
    assert counts.explanations(first)["x.y"]["more"] == "old"
    assert counts.explanations(third)["x.y"] == {"more": "new"}
    assert counts.tolerances(first) == {}
    assert counts.tolerances(third) == counts.tolerances(second) != {}


def test_a_mismatch_says_expected_got_meaning_and_where_to_look(ladder) -> None:
    first, _, third = ladder
    [more] = counts.compare({"x.y": 1000}, {"x.y": 1100}, first)
    assert str(more) == (f"x.y: 1,100, expected 1,000 (+10 %)\n    old\n"
                         f"    Counted in {first.dir / 'file.c'}.")
    [fewer] = counts.compare({"x.y": 1000}, {"x.y": 1}, first)
    assert "less" in str(fewer)
    [allowed] = counts.compare({"x.y": 1000}, {"x.y": 1100}, third)
    assert "(1 % are allowed: luck)" in str(allowed)
    assert allowed.counted_in == str(third.dir / "file.c")


def test_a_missing_counter_and_an_unknown_one_are_told_apart(ladder) -> None:
    missing, unknown = counts.compare({"m.m": 5}, {"u.u": 7}, ladder[0])
    assert str(missing) == "m.m: missing, expected 5"
    assert str(unknown) == "u.u: 7, but the golden has no such counter"


def test_a_counter_is_found_in_the_newest_file_that_declares_it() -> None:
    assert counts.counted_in("virtio.requests", steps.find(101)).endswith("/virtio_blk.c")
    assert counts.counted_in("copy.bytes", steps.find(100)) == "src/core/bytes.c"
    assert counts.counted_in("no.such", steps.find(100)) == ""


# --- a contest ------------------------------------------------------------------------------


class Player:
    """A subject whose runs are known beforehand."""
    input = type("Program", (), {"name": "p"})
    tolerances: dict = {}

    def __init__(self, name: str, seconds: list[float], counted: list[int]) -> None:
        self.name = name
        self.runs = [Run(33, {"load.ns": int(s * 1e9), "a.b": c}) for s, c in zip(seconds, counted)]

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *why) -> None:
        pass

    def run(self, on_progress) -> Run:
        return self.runs.pop(0)

    def processes(self) -> list[int]:
        return []

    def prove(self, on_progress) -> Proof:
        return Proof("is right", f"output of {len(self.runs)}")


def test_a_contest_compares_the_times_of_the_same_rounds() -> None:
    held = Contest([Player("a", [4, 8, 4, 8], [1] * 4), Player("floor", [1, 2, 1, 2], [0] * 4)])
    held.measure(lambda: False, budget_seconds=0, least=4)
    assert held.speedup("a", "floor") == Interval(4, 4, 4, 4, agreed=True)
    assert held.distance("a") == 4
    assert held.narrow([("a", "floor")])


def test_a_count_that_changes_between_two_runs_is_refused() -> None:
    held = Contest([Player("a", [1, 1], [7, 8])])
    with pytest.raises(Problem, match="a with p does not count the same twice: a.b was 7, then 8"):
        held.measure(lambda: False, budget_seconds=0, least=2)


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch):
    """What others take of each run of a second, made up."""
    def made(*others: float) -> None:
        left = list(others)

        @contextlib.contextmanager
        def watching(ours):
            yield quiet.Watch(seconds=1, others=left.pop(0) if left else 0)

        monkeypatch.setattr(contest.quiet, "watching", watching)
    return made


def test_a_run_that_others_disturb_is_taken_again_and_the_contest_says_how_often(noise) -> None:
    noise(0, 0, 0.5)  # the third run
    a = Player("a", [1, 1, 9, 1, 1], [7] * 5)
    held = Contest([a])
    held.measure(lambda: False, budget_seconds=0, least=4)
    assert held.times["a"] == [1, 1, 1, 1] and held.disturbed == {"a": 1}


def test_what_others_take_of_every_run_is_no_disturbance(noise) -> None:
    noise(*[0.5] * 20)
    held = Contest([Player("a", [1] * 6, [7] * 6)])
    held.measure(lambda: False, budget_seconds=0, least=4)
    assert held.disturbed == {"a": 1}, "the first one, when nobody knew what is usual"


def test_on_a_machine_that_is_never_quiet_measuring_ends_all_the_same(noise) -> None:
    noise(*range(1, 100))  # ever more
    held = Contest([Player("a", [1] * 40, [7] * 40)])
    held.measure(lambda: False, budget_seconds=0, least=10)
    assert len(held.times["a"]) == 10 and 0 < held.disturbed["a"] <= 6


def test_nothing_is_timed_before_every_page_is_right(tmp_path: Path, monkeypatch) -> None:
    elf_from_seed(tmp_path / "p", 40_000, seed=1)
    right = pages.expected_pages(tmp_path / "p")
    program, disk = Program("p", tmp_path / "p", "", 64), Disk(tmp_path / "disk", "", "/p", "")
    subject = KernelSubject("a", "", None, tmp_path / "kernel", program, disk, ("load=/p",),
                            Conditions())
    asked = []
    for found in (right, dict.fromkeys(right, (0, "r--"))):
        monkeypatch.setattr(kernel_part.emulator, "run", lambda kernel, image, words, *_, **__:
                            asked.append(words) or Run(33, {"load.ns": 1}, pages=found))
        if found is right:
            assert Contest([subject]).prove()["a"].checked == (
                f"loads p byte for byte: {len(right)} pages of 4,096 bytes")
    says = rf"(?s)a loads p wrong:\n  page .*\n  and {len(right) - 8} more"
    with pytest.raises(Problem, match=says):
        Contest([subject]).prove()
    assert asked == [["load=/p", "verify=1"]] * 2


def test_nothing_is_timed_when_two_builds_give_other_output() -> None:
    alike, other = Player("a", [1, 1], [7, 7]), Player("b", [1, 1, 1], [7, 7, 7])
    assert Contest([alike, Player("c", [1, 1], [7, 7])]).prove()["c"].output == "output of 2"
    with pytest.raises(Problem, match="b and a do not give the same output: 'output of 3' and "):
        Contest([alike, other]).prove()


def test_the_same_code_with_other_debug_information_is_the_same_kernel(tmp_path: Path) -> None:
    elf_from_seed(tmp_path / "a", 40_000, seed=1)
    content = (tmp_path / "a").read_bytes()
    (tmp_path / "b").write_bytes(content + b"debug information")
    changed = bytearray(content)
    changed[30_000] ^= 1
    (tmp_path / "c").write_bytes(changed)
    assert same_code(tmp_path / "a", tmp_path / "b")
    assert not same_code(tmp_path / "a", tmp_path / "c")


# --- the file -------------------------------------------------------------------------------


def test_the_json_is_stable_and_keeps_what_belongs_together_on_one_line() -> None:
    value = {"b": 1, "a": {"list": [1, "two", None], "empty": [], "none": {}},
             "events": [[0, "f", "a.c"], [1, "é", "b.c"]]}
    text = golden.as_json(value)
    assert json.loads(text) == value
    assert '"list": [1, "two", null]' in text and '\n    [1, "é", "b.c"]\n' in text
    assert golden.as_json(json.loads(text)) == text


def test_a_step_without_golden_says_how_to_make_one(ladder) -> None:
    with pytest.raises(Problem, match="101-s has no golden.json yet: `make golden-101`"):
        golden.load(ladder[1])


HERE = {"architecture": "x86_64", "accelerator": "tcg", "filesystem": "ext4", "cache": "warm",
        "date": "today", "boot": "1", "kernel": "Linux 6.1", "cpu": "A CPU"}


class Step101:
    """What check_ratio() asks of a subject, on this or another machine."""
    condition, step = "io_uring", steps.find(101)

    def __init__(self, **other) -> None:
        self.other = other

    def describe_machine(self) -> dict:
        return HERE | self.other


def test_only_the_class_of_conditions_counts_and_neither_date_nor_kernel() -> None:
    was = {"machine": HERE | {"date": "long ago", "kernel": "Linux 6.18", "cpu": "B", "boot": "2"}}
    assert golden.other_conditions(was, Step101()) == []


@pytest.mark.parametrize("key, value, said", [
    ("accelerator", "kvm", "accelerator: tcg instead of kvm"),
    ("filesystem", "xfs", "filesystem: ext4 instead of xfs")])
def test_other_conditions_are_named(key: str, value: str, said: str) -> None:
    assert golden.other_conditions({"machine": HERE | {key: value}}, Step101()) == [said]


def test_a_condition_that_was_never_recorded_is_another_one() -> None:
    was = {"machine": HERE, "under": {"threads": {}}}
    assert golden.other_conditions(was, Step101()) == ["io_uring was never recorded"]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch):
    """check_ratio() of step 101, with a golden, a machine and a measurement made up."""
    def check(measured: float | None, verdict: str = "faster", low: float = 4.0, **other
              ) -> golden.Gate:
        under = {"verdict": verdict, "ratio": {"before": "100", "median": low, "low": low,
                                               "high": low, "pairs": 12}}

        def fake_measure(self, enough, budget_seconds, least) -> None:
            assert measured is not None, "there is nothing to be timed"
            self.times = {"100-sector-by-sector": [measured] * 6, "101-block-cache": [1.0] * 6}

        monkeypatch.setattr(golden, "load", lambda step: {
            "workload": "elf-24m", "machine": HERE, **under, "under": {"io_uring": under}})
        monkeypatch.setattr(kernel_part.PART, "of_step", lambda *a, **k: Step101(**other))
        monkeypatch.setattr(Contest, "prove", lambda self: None)
        monkeypatch.setattr(Contest, "measure", fake_measure)
        return golden.check_ratio(steps.find(101))
    return check


def test_a_ratio_that_fell_under_its_floor_fails(recorded) -> None:
    assert recorded(3.0).outcome == "pass"
    assert recorded(2.0).outcome == "fail"


def test_under_other_conditions_the_direction_of_a_wide_margin_is_held(recorded) -> None:
    assert recorded(2.0, accelerator="kvm").outcome == "pass"
    gate = recorded(0.9, accelerator="kvm")
    assert gate.outcome == "fail"
    assert "only its direction is held, because accelerator: kvm instead of tcg" in gate.why


@pytest.mark.parametrize("verdict, other", [
    ("inconclusive", {}), ("unstable", {}), ("no difference", {"accelerator": "kvm"})])
def test_what_is_not_held_is_not_timed(recorded, verdict, other) -> None:
    assert recorded(None, verdict, 1.0, **other).outcome == "shown"


def test_a_small_margin_is_not_held_under_other_conditions(recorded) -> None:
    assert recorded(None, "faster", 1.2, filesystem="xfs").outcome == "shown"


def test_a_step_that_says_on_what_it_depends_is_not_held_elsewhere(recorded, monkeypatch) -> None:
    monkeypatch.setattr(steps.Step, "toml", {"depends": "how a request is waited for"})
    assert recorded(None, accelerator="kvm").outcome == "shown"


def test_strict_holds_a_ratio_under_other_conditions_too(recorded, monkeypatch) -> None:
    monkeypatch.setenv("STRICT", "1")
    assert recorded(2.0, accelerator="kvm").outcome == "fail"


def test_a_budget_that_is_no_number_is_a_problem(monkeypatch) -> None:
    monkeypatch.setenv("BUDGET", "long")
    with pytest.raises(Problem, match="BUDGET=long: seconds are wanted"):
        golden.budget_seconds("BUDGET", 1)


# --- a ladder of goldens ---------------------------------------------------------------------------


def test_a_ladder_is_of_the_one_workload_that_most_steps_were_measured_on(tmp_path) -> None:
    def entry(seconds: float) -> dict:
        return {"counters": {}, "seconds": seconds, "floor": {"seconds": 0.5}}

    made = []
    for number, main, also in ((400, "copy", ("seq",)), (401, "seq", ()), (402, "copy", ()),
                               (403, "tokens", ("seq",))):
        folder = tmp_path / f"{number}-s"
        folder.mkdir()
        (folder / "step.toml").write_text(f'title = "{number}"\n')
        made.append(steps.Step(number, "s", folder))
        made[-1].golden_path.write_text(json.dumps({
            "workload": main, "machine": {"cpu": "A CPU"}, **entry(9),
            "also": {name: entry(number) for name in also}}))
    read, rows = golden.ladder(made)
    assert read["workload"] == "seq" and read["machine"] == {"cpu": "A CPU"}
    assert [(r["step"], r["seconds"]) for r in rows] == [
        ("400-s", 400), ("401-s", 9), ("403-s", 403), ("floor", 0.5)]
    read, rows = golden.ladder(made[2:])  # neither has more: that of the first
    assert read["workload"] == "copy" and [r["step"] for r in rows] == ["402-s", "floor"]
