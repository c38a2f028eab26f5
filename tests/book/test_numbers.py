"""Numbers read as people write them."""
from __future__ import annotations

import pytest
from weave.numbers import duration, shown, times


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
