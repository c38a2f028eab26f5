"""Ratios, intervals and verdicts, with answers that are known beforehand."""
from __future__ import annotations

import numpy
import pytest

from measure.contests.pairs import (Interval, SURE_PAIRS, Times, clears_its_floor, gate,
                                    interleave, interval, is_wide, points_the_same_way, speedup,
                                    verdict)


def never(times: Times) -> bool:
    return False


def log_of(names: str, **options) -> str:
    """In which order interleave() runs programs called A, B, …"""
    said: list[str] = []
    programs = [lambda n=n: said.append(n) or 1.0 for n in names]
    interleave(programs, **{"enough": never, "budget_seconds": 1e9} | options)
    return "".join(said)


def test_two_programs_take_turns_there_and_back() -> None:
    assert log_of("AB", least=6, most=6) == "ABBABAABABBA"


def test_five_programs_take_turns_there_and_back() -> None:
    assert log_of("ABCDE", least=2, most=2) == "ABCDEEDCBA"


def test_everybody_begins_in_turns_because_who_begins_runs_behind_a_pause() -> None:
    log = log_of("ABC", least=12, most=12)
    assert log[:12] == "ABCCBABCAACB"
    assert [log[at] for at in range(0, len(log), 6)] == list("ABCABC")


def test_measuring_stops_when_it_is_enough_but_not_before_the_least_rounds() -> None:
    assert len(log_of("AB", enough=lambda t: True, least=6)) == 12
    assert len(log_of("AB", enough=lambda t: len(t[0]) >= 10, least=6)) == 20


def test_a_spent_budget_ends_measuring_after_the_least_rounds() -> None:
    now = iter(range(0, 10**6, 100))
    assert len(log_of("AB", budget_seconds=60, least=4, clock=lambda: next(now))) == 8


def test_measuring_never_ends_between_there_and_back() -> None:
    assert len(log_of("AB", enough=lambda t: True, least=5)) == 12


def test_equal_ratios_have_an_interval_without_width() -> None:
    assert interval([2.5] * 8) == Interval(2.5, 2.5, 2.5, 8, agreed=True)


def test_a_speedup_is_before_divided_by_after() -> None:
    assert speedup([4.0, 8.0], [2.0, 4.0]).median == 2.0


def test_rounds_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError):
        speedup([1.0, 2.0], [1.0])


def test_the_same_times_give_the_same_interval_every_time() -> None:
    ratios = numpy.random.default_rng(5).lognormal(size=12)
    assert interval(ratios) == interval(ratios)


def test_one_wild_round_does_not_move_the_median_far() -> None:
    calm = [2.0, 2.01, 1.99, 2.0, 2.02, 1.98, 2.0, 2.01]
    assert interval([*calm, 90.0, 90.0]).median == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize("rounds", [6, 12, 30])
def test_the_interval_holds_the_true_ratio_about_19_times_in_20(rounds: int) -> None:
    rng = numpy.random.default_rng(rounds)
    hits = 0
    for _ in range(400):
        i = interval(3.0 * rng.lognormal(sigma=0.05, size=rounds))
        hits += i.low <= 3.0 <= i.high
    assert 0.90 <= hits / 400 <= 0.995, f"{hits} of 400 intervals hold the true ratio"


def test_more_rounds_make_the_interval_narrower() -> None:
    rng = numpy.random.default_rng(7)
    few, many = (interval(rng.lognormal(sigma=0.1, size=n)) for n in (8, 200))
    assert many.width < few.width / 2


def test_drift_cancels_out_between_programs_that_take_turns() -> None:
    age = 0

    def program(cost: float):
        def run() -> float:
            nonlocal age
            age += 1
            return cost * (1 + 0.02 * age)  # every run is slower than the one before
        return run

    times = interleave([program(2.0), program(1.0)], never, budget_seconds=1e9, least=20, most=20)
    assert speedup(*times).median == pytest.approx(2.0, rel=0.005)
    one_after_the_other = [2.0 * (1 + 0.02 * n) for n in range(20)], [
        1.0 * (1 + 0.02 * n) for n in range(20, 40)]
    assert speedup(*one_after_the_other).median < 1.7, "without turns, drift looks like a slowdown"


@pytest.mark.parametrize("low, high, said", [
    (1.06, 1.50, "faster"), (40.0, 60.0, "faster"), (1.05, 1.10, "no difference"),
    (0.98, 1.02, "no difference"), (0.95, 1.049, "no difference"), (0.80, 0.94, "slower"),
    (0.80, 0.96, "inconclusive"), (0.90, 1.20, "inconclusive"), (1.04, 1.30, "inconclusive")])
def test_a_verdict_says_no_more_than_the_interval_allows(low, high, said) -> None:
    assert verdict(Interval((low + high) / 2, low, high, SURE_PAIRS)) == said


@pytest.mark.parametrize("ratios, is_sure", [
    ([1.2] * 5, False), ([1.2] * 6, True), ([1.2] * 18 + [1.04], False),
    ([1.2] * (SURE_PAIRS - 1) + [1.04], True)])
def test_a_difference_needs_twenty_pairs_or_six_that_all_agree(ratios, is_sure) -> None:
    assert (verdict(interval(ratios)) == "faster") is is_sure
    assert (verdict(interval([1 / x for x in ratios])) == "slower") is is_sure


def golden(said: str, low: float) -> dict:
    return {"verdict": said, "ratio": {"median": low, "low": low, "high": low}}


@pytest.mark.parametrize("said, recorded_low, low, high, outcome", [
    # faster: the floor is 1 + 0.6 × (4 − 1) = 2.8
    ("faster", 4.0, 3.9, 4.1, "pass"), ("faster", 4.0, 2.8, 2.9, "pass"),
    ("faster", 4.0, 2.5, 2.7, "fail"), ("faster", 4.0, 2.7, 2.9, "inconclusive"),
    ("no difference", 0.99, 0.97, 1.01, "pass"), ("no difference", 0.99, 0.85, 0.92, "pass"),
    ("no difference", 0.99, 0.80, 0.89, "fail"), ("no difference", 0.99, 0.5, 1.5, "inconclusive"),
    # slower: the floor is 0.6 × 0.5 = 0.3
    ("slower", 0.5, 0.48, 0.52, "pass"), ("slower", 0.5, 0.1, 0.2, "fail"),
    ("inconclusive", 0.9, 5.0, 5.1, "inconclusive")])
def test_a_ratio_is_held_against_the_floor_of_its_golden(said, recorded_low, low, high, outcome
                                                         ) -> None:
    measured = Interval((low + high) / 2, low, high, 10)
    got = gate(golden(said, recorded_low), measured)
    assert got.outcome == outcome, got.why


def test_the_floor_is_what_another_recording_would_begin_at_where_that_is_known() -> None:
    known = {"verdict": "faster", "ratio": {"median": 4.0, "low": 4.0, "high": 4.0, "next_low": 2.0}}
    assert gate(known, Interval(1.7, 1.6, 1.8, 6)).outcome == "pass", "1 + 0.6 × (2 − 1) is 1.6"


@pytest.mark.parametrize("said, low, high, is_it", [
    ("faster", 1.6, 2.0, True), ("faster", 1.1, 1.3, False), ("slower", 0.4, 0.6, True),
    ("slower", 0.7, 0.9, False), ("no difference", 0.99, 1.01, False)])
def test_a_margin_is_wide_when_it_is_half_as_much_again(said, low, high, is_it) -> None:
    assert is_wide({"verdict": said, "ratio": {"low": low, "high": high}}) is is_it


@pytest.mark.parametrize("said, low, high, outcome", [
    ("faster", 1.1, 1.3, "pass"), ("faster", 0.7, 0.9, "fail"), ("faster", 0.9, 1.1, "inconclusive"),
    ("slower", 1.1, 1.3, "fail"), ("slower", 0.7, 0.9, "pass"), ("slower", 0.9, 1.1, "inconclusive")])
def test_the_direction_of_a_wide_margin_is_held_and_no_more(said, low, high, outcome) -> None:
    known = {"verdict": said, "ratio": {"median": 2.0}}
    assert points_the_same_way(known, Interval((low + high) / 2, low, high, 6)).outcome == outcome


@pytest.mark.parametrize("said, ratios, clear", [
    # faster: the floor is 1 + 0.6 × (4 − 1) = 2.8; a quarter more is 3.5
    ("faster", [3.5, 3.6], True), ("faster", [3.4, 9.0], False), ("no difference", [9.0, 9.0], False),
    ("inconclusive", [9.0, 9.0], False)])
def test_two_pairs_are_enough_where_each_is_far_above_the_floor(said, ratios, clear) -> None:
    assert clears_its_floor(golden(said, 4.0), ratios) is clear
