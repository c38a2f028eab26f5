"""What people see while they wait."""
from __future__ import annotations

import io

from rich.console import Console

from measure.machine import talk


def test_waiting_within_waiting_says_the_inner_thing_and_then_the_outer_again(monkeypatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(talk, "err", Console(file=screen, force_terminal=True, width=80))
    with talk.waiting("outer") as tell_outer:
        tell_outer("outer, half")
        with talk.waiting("inner") as tell_inner:
            assert talk._statuses[0].status == "inner"
            tell_inner("inner, half")
            assert talk._statuses[0].status == "inner, half"
        assert talk._statuses[0].status == "outer, half"
    assert talk._statuses == []
    with talk.waiting("again"):
        assert talk._statuses[0].status == "again"


def test_a_pipe_sees_no_progress(monkeypatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(talk, "err", Console(file=screen))
    with talk.waiting("outer") as tell:
        tell("half")
    assert screen.getvalue() == ""
