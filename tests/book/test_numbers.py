"""Numbers read as people write them."""
from __future__ import annotations

import pytest
from weave.numbers import duration, shown, times
from weave.tables import measured_row, pairs_of


@pytest.mark.parametrize("seconds, said", [
    (171.2, "171 s"), (1.2345, "1.23 s"), (1.0, "1.00 s"), (0.9996, "1.00 s"), (0.562, "562 ms"),
    (0.0123, "12.3 ms"), (0.00045, "450 µs"), (12.34e-6, "12.3 µs"), (80e-9, "80 ns")])
def test_durations_have_three_digits_and_a_unit(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize("ratio, said", [
    (0.982, "0.98×"), (1.0, "1.00×"), (1.372, "1.37×"), (4.11, "4.1×"), (95.24, "95.2×"),
    (1234.5, "1,234×")])
def test_ratios_show_what_matters(ratio, said):
    assert times(ratio) == said


@pytest.mark.parametrize("key, value, said", [
    ("virtio.requests", 445394, "445,394"), ("virtio.requests", 7, "7"),
    ("bun.seconds", 0.41, "410 ms"), ("floor.distance", 95.24, "95.2×"),
    ("predicted_ratio", [2.0, 3.0], "2–3×"), ("predicted_ratio", [1.3, 1.5], "1.3–1.5×"),
    ("predicted_ratio", [1.3, 1.3], "1.3×"), ("ratio.low", 1.279, "1.28×"),
    ("seconds.median", 0.0041, "4.10 ms"), ("1gb.seconds", 2.5, "2.50 s"),
    ("verdict", "no difference", "no difference")])
def test_a_number_is_shown_as_what_it_is(key, value, said):
    assert shown(key, value) == said


@pytest.mark.parametrize("recordings, said", [
    (None, "12 pairs"), (1, "12 pairs in 1 recording, provisional"),
    (2, "12 pairs in 2 recordings, provisional"), (3, "12 pairs in 3 recordings")])
def test_a_verdict_on_fewer_than_three_recordings_is_marked(recordings, said):
    assert pairs_of({"pairs": 12} | ({"recordings": recordings} if recordings else {})) == said


def test_both_times_beside_a_ratio_are_those_of_its_own_pairs():
    ratio = {"median": 2.0, "low": 1.9, "high": 2.1, "pairs": 6}
    row = measured_row("small, threads", {"ratio": ratio, "before_seconds": 2.0, "seconds": 1.0,
                                          "verdict": "faster"}, [3.0, 4.0])
    assert row[:2] == ["small, threads", "2.00 s → 1.00 s"]
    assert "faster" in row[3] and "less than predicted" in row[3]
