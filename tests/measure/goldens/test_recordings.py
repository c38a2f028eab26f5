"""What several recordings say, with answers that are known beforehand."""
from __future__ import annotations

import numpy
import pytest

from measure.contests.pairs import Interval, interval, verdict
from measure.goldens.recordings import between, deviation_of, expected, joint, moved, verdict_of

WITHIN, DAYS = 0.02, 0.08  # deviations of pairs within a recording, and of recordings


def recordings(rng, count: int, ratio: float = 3.0, days: float = DAYS, pairs: int = 12):
    """Recordings of a step whose ratio moves from day to day."""
    return [ratio * rng.lognormal(sigma=days) * rng.lognormal(sigma=WITHIN, size=pairs)
            for _ in range(count)]


def test_one_recording_says_what_its_pairs_say() -> None:
    pairs = [2.0, 2.1, 1.9, 2.0, 2.05, 1.95]
    assert between([pairs], None).ratio == interval(pairs)
    assert between([pairs], None).next == (interval(pairs).low, interval(pairs).high)


def test_the_interval_holds_the_median_of_every_recording() -> None:
    ratio = between([[4.0] * 6, [5.0] * 6, [4.2] * 6], None).ratio
    assert ratio == Interval(pytest.approx(4.2), 4.0, 5.0, 18, agreed=True)


def test_the_order_of_the_recordings_does_not_matter_to_the_median() -> None:
    a, b, c = recordings(numpy.random.default_rng(3), 3)
    assert between([a, b, c], 0.1).ratio.median == between([c, a, b], 0.1).ratio.median


@pytest.mark.parametrize("count", [2, 3, 5])
def test_another_days_recording_lies_where_it_is_expected_19_times_in_20(count: int) -> None:
    rng, hits, asked = numpy.random.default_rng(count), 0, 1000
    for _ in range(asked // 20):
        steps = [recordings(rng, count) for _ in range(20)]
        deviation = deviation_of(steps)
        for known in steps:
            low, high = expected([float(numpy.median(r)) for r in known], deviation)
            hits += low <= numpy.median(recordings(rng, 1)[0]) <= high
    assert 0.93 <= hits / asked <= 0.995, f"{hits} of {asked} lay where they were expected"


def test_the_interval_of_one_recording_says_nothing_of_another_day() -> None:
    rng, hits = numpy.random.default_rng(1), 0
    for _ in range(60):
        own = interval(recordings(rng, 1)[0])
        hits += own.low <= numpy.median(recordings(rng, 1)[0]) <= own.high
    assert hits < 20, f"{hits} of 60"


def test_steps_that_hardly_move_are_not_made_as_wide_as_those_that_do() -> None:
    rng = numpy.random.default_rng(1)
    calm, wild = recordings(rng, 5, days=0.001), recordings(rng, 5, days=0.3)
    deviation = deviation_of([calm, wild])
    width = [high / low for low, high in (between(r, deviation).next for r in (calm, wild))]
    assert width[0] < width[1]


def test_nothing_is_known_of_other_days_before_any_step_has_two_recordings() -> None:
    assert deviation_of([[[1.0] * 6], [[2.0] * 6]]) is None
    assert deviation_of([[[1.0] * 6], [[2.0] * 6, [2.0] * 6]]) == 0


def test_pairs_of_all_recordings_count_for_a_difference() -> None:
    few = [[1.2] * 3] * 2
    assert verdict(between(few[:1], None).ratio) == "inconclusive"
    assert verdict(between(few, None).ratio) == "faster"
    assert not between([[1.2] * 6, [1.2] * 5 + [1.04]], None).ratio.agreed


def test_equal_counts_and_a_time_that_moved_are_unstable_and_not_faster() -> None:
    two = [[1.3] * 20, [1.1] * 20]
    ratio = between(two, None).ratio
    assert verdict_of(two, ratio, same_counts=True) == "unstable"
    assert verdict_of(two, ratio, same_counts=False) == "faster"
    assert not moved([[1.3] * 20, [1.28] * 20]), "5 % are what two builds may differ by anyway"


@pytest.mark.parametrize("verdicts, said", [
    (["faster", "faster"], "faster"), (["faster", "slower"], "depends"),
    (["slower", "no difference"], "depends"), (["faster", "inconclusive"], "faster"),
    (["inconclusive", "slower"], "inconclusive"), (["unstable", "faster"], "unstable"),
    (["no difference"], "no difference")])
def test_conditions_that_contradict_each_other_make_a_verdict_depend_on_them(verdicts, said) -> None:
    assert joint(verdicts) == said
