"""A first page's ladder has few rungs, and says which steps are none of them."""
from __future__ import annotations

import pytest

from measure.drawing import figures, rungs


def row(number: int, seconds: float, ratio: float = 0, verdict: str = "", **more) -> dict:
    measured = {"ratio": {"median": ratio, "low": ratio * 0.9, "high": ratio * 1.1},
                "verdict": verdict} if ratio else {}
    return {"step": f"{number}-name", "title": f"Title {number}", "seconds": seconds,
            "requests": 1000 // (number - 99), "unit": "request", **measured, **more}


ROWS = [row(100, 9.0), row(101, 3.0, 3.0, "faster"), row(102, 3.1, 0.97, "no difference"),
        row(103, 3.9, 0.8, "slower"), row(104, 0.4, 9.7, "faster"), row(105, 0.41, 0.98, "depends"),
        row(106, 0.35, 1.2, "faster"), row(107, 0.34, 1.03, "no difference"),
        row(108, 0.9, 0.4, "slower", branch="another question"),
        {"step": "floor", "title": "the same bytes", "seconds": 0.1}]


def numbers(found: list[dict]) -> list[str]:
    return [r["step"].split("-")[0] for r in found]


@pytest.mark.parametrize("most, kept", [
    (7, ["100", "101", "103", "104", "106", "107", "floor"]),
    (4, ["100", "101", "104", "107", "floor"]), (2, ["100", "107", "floor"])])
def test_the_rungs_are_both_ends_and_what_moved_most(most, kept):
    assert numbers(rungs.few(ROWS, most)[0]) == kept


def test_each_step_is_a_rung_or_named_with_the_reason_why_not():
    kept, others = rungs.few(ROWS)
    assert sorted(numbers(kept + others)) == sorted(numbers(ROWS))
    assert rungs.in_a_line(others) == ("No rung here: 102 Title 102 (no difference); 105 Title 105 "
                                       "(depends); 108 Title 108 (a branch).")
    assert rungs.in_a_line([{"step": "199-new", "title": "New"}]) == (
        "No rung here: 199 New (not measured with this).")
    assert rungs.in_a_line([]) == ""


def test_a_ladder_of_one_step_has_one_rung():
    assert rungs.few(ROWS[:1]) == (ROWS[:1], [])


@pytest.mark.parametrize("width", [72, 80, 100])
def test_a_rung_is_a_line_that_fits(width):
    lines = figures.rungs_text(ROWS, width).splitlines()
    assert len(lines) == len(ROWS) and max(map(len, lines)) <= width
    assert lines[0].startswith("100  Title 100") and lines[0].endswith("9.00 s · 1,000 requests")
    assert lines[1].endswith("3.00 s  3.00× faster") and lines[-1].endswith("100 ms")
    assert lines[0].count("█") > lines[1].count("█") > lines[4].count("█")
