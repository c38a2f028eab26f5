"""The ladder: which steps, which rows, and the table in its three forms."""
from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from measure import steps
from measure.contests.contest import Contest
from measure.drawing.table import Table
from measure.problem import Problem
from measure.verbs import ladder
from kernel.measured import part as kernel_part
from kernel.measured.emulator import Run


def numbers(wanted: str) -> list[int]:
    return [s.number for s in ladder.chosen_steps("kernel", wanted)]


def test_steps_are_chosen_by_number_name_and_range() -> None:
    assert numbers("") == [s.number for s in steps.all_steps(part="kernel")]
    assert numbers("block-cache, 100") == [100, 101]
    assert numbers("100-101") == [100, 101]
    assert numbers("101-block-cache") == [101]


def test_a_choice_of_nothing_is_a_problem() -> None:
    with pytest.raises(Problem, match="STEPS=150-160: there is no such step"):
        numbers("150-160")
    with pytest.raises(Problem, match="there is no part tea"):
        ladder.chosen_steps("tea", "")


class Entrant:
    input = type("Program", (), {"name": "p", "delivered_bytes": 1000})

    def __init__(self, name: str) -> None:
        self.name, self.title = name, f"title of {name}"
        self.step = steps.find(100)


@pytest.fixture
def contest() -> Contest:
    def ran(requests: int, copied: int) -> Run:
        return Run(33, {"load.ns": 1, "virtio.requests": requests, "virtio.bytes": 9_000_000,
                        "copy.bytes": copied})

    return Contest([Entrant("100-slow"), Entrant("101-fast"), Entrant("floor")],
                   runs={"100-slow": ran(8000, 3500), "101-fast": ran(1234, 1000),
                         "floor": ran(1, 0)},
                   times={"100-slow": [8.0] * 6, "101-fast": [2.0] * 6, "floor": [0.5] * 6})


def test_each_step_is_compared_with_the_one_before_the_first_and_the_floor(contest) -> None:
    slow, fast, floor = ladder.rows_of(contest)
    assert (slow["ratio"], slow["verdict"], slow["distance"]) == (None, None, 16)
    assert (fast["ratio"]["median"], fast["verdict"], fast["distance"]) == (4, "faster", 4)
    assert fast["copies_per_byte"] == 1
    assert (floor["step"], floor["ratio"], floor["distance"]) == ("floor", None, None)


def test_where_a_step_is_measured_otherwise_the_one_before_it_runs_that_way_too(contest) -> None:
    """Its own row says how long it takes in its own way."""
    rival = f"100-slow{ladder.LIKE}101-fast"
    contest.subjects.insert(2, Entrant(rival))
    contest.runs[rival] = contest.runs["100-slow"]
    contest.times[rival] = [6.0] * 6
    slow, fast, _ = ladder.rows_of(contest)
    assert (slow["seconds"], fast["ratio"]["median"], fast["ratio_first"]["median"]) == (8, 3, 4)


def test_a_fair_ladder_has_such_a_rival_where_the_way_changes(monkeypatch) -> None:
    built = []

    @dataclasses.dataclass(frozen=True)
    class Built:
        name: str

        def floor(self) -> None:
            return None

    def of_step(step, workload, *, without=(), like=None) -> Built:
        built.append((step.number, like and like.number))
        return Built(step.id)

    monkeypatch.setattr(kernel_part.PART, "of_step", of_step)
    chosen = [steps.find(n) for n in (109, 110, 111)]
    fair = ladder.contest_of(chosen, "elf-24m", (), lambda text: None, fair=True)
    assert [s.name for s in fair.subjects][3:] == [f"110-extents{ladder.LIKE}111-demand-paging"]
    assert built == [(109, None), (110, None), (111, None), (110, 111)]
    assert len(ladder.contest_of(chosen, "elf-24m", (), lambda text: None).subjects) == 3


def test_what_has_not_run_yet_has_no_row(contest) -> None:
    del contest.runs["101-fast"], contest.times["101-fast"], contest.runs["floor"]
    assert [r["step"] for r in ladder.rows_of(contest)] == ["100-slow"]


def test_the_plain_table_has_its_columns_one_below_the_other(contest) -> None:
    text = ladder.table_of(ladder.rows_of(contest)).plain()
    heading, slow, fast, floor = text.splitlines()
    for column, value in (("requests", "1,234"), ("MB", "9.0"), ("verdict", "faster")):
        end = heading.index(column) + (0 if column == "verdict" else len(column))
        shown = fast[end:] if column == "verdict" else fast[:end]
        assert shown.startswith(value) if column == "verdict" else shown.endswith(value), text
    assert "4 (4–4)" in fast and "\x1b" not in text


def test_the_picture_is_drawn_from_the_same_rows(contest) -> None:
    from measure.drawing import figures
    assert "101" in figures.ladder_svg(ladder.rows_of(contest), "p")


def test_a_ci_job_gets_the_table_in_its_summary(contest, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    table = ladder.table_of(ladder.rows_of(contest))
    ladder.summarize(table, "kernel")
    ladder.summarize(table, "again")
    lines = (tmp_path / "summary").read_text().splitlines()
    assert lines[0] == "### kernel" and "### again" in lines
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 10 and len({line.count("|") for line in rows}) == 1


def test_without_a_ci_job_nothing_is_written(contest, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    ladder.summarize(ladder.table_of(ladder.rows_of(contest)), "kernel")
    assert list(tmp_path.iterdir()) == []


def test_markdown_keeps_a_bar_in_a_cell_from_making_a_column() -> None:
    assert Table(["a"], rows=[["x|y"]]).markdown() == "| a |\n| --: |\n| x/y |\n"
