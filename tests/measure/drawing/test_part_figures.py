"""Claims about the pictures of a whole part."""
from __future__ import annotations

import pytest

from measure.drawing import by_step, figures, growth, requests
from measure.drawing.test_figures import at_both_widths, check_layout, marks, texts


def cost(seconds: float, n: int) -> dict:
    return {"seconds": seconds, "virtio.requests": n}


SIZES = {"1mb": 10**6, "10mb": 10**7, "100mb": 10**8, "1gb": 10**9}
GROWTH = {
    "sizes": SIZES,
    "100": {"1mb": cost(0.24, 5282), "10mb": cost(2.6, 57842), "100mb": cost(38, 850_000)},
    "106": {s: cost(1.4e-8 * n, n // 4096) for s, n in SIZES.items()},
    "110": {s: cost(1e-3 + 2e-10 * n, 14 + n // 10**6) for s, n in SIZES.items()},
    "floor": {s: cost(1e-10 * n, -(-n // 2**22)) for s, n in SIZES.items()},
}


def ratio(median: float) -> dict:
    return {"median": median, "low": median * 0.98, "high": median * 1.04}


ABLATION = [
    {"label": "101  A block cache", "ratio": ratio(2.6), "requests": 17_339, "came": 3.9},
    {"label": "102  4 KiB blocks", "ratio": ratio(3.6), "requests": 24_405, "came": 1.02},
    {"label": "104  Batched requests", "ratio": ratio(7.1), "requests": 48_826, "came": 6.9},
    {"label": "105  An open handle", "not": "the same kernel and the same image"},
    {"label": "106  The whole file", "ratio": ratio(0.8), "requests": 6104, "came": 1.0},
    {"label": "103, 105 and 106 together", "ratio": ratio(1.1), "requests": 6104},
]
STEPS = [str(n) for n in range(100, 112)]
COUNTERS = {s: {"elf.read_at": 6148 >> i, "virtio.requests": 207_866 >> i,
                "virtio.bytes": 106_427_392 >> (i > 0), "copy.bytes": 131_310_992 >> i,
                **({"cache.hits": 999_999 >> i} if i else {}), "page.peak": 6544}
            for i, s in enumerate(STEPS)}
REQUESTS = {"workload": "elf-24m", "size_bytes": 25_165_824, "window_us": 10_000, "steps": {
    "100": {"load_us": 9_400_000, "start_us": list(range(0, 10_000, 45)), "took_us": [40] * 223,
            "nsectors": [1] * 223, "of_program": [0, 1, 0] * 74 + [0]},
    "104": {"load_us": 300_000, "start_us": list(range(0, 10_000, 50)), "took_us": [42] * 200,
            "nsectors": [8] * 200, "of_program": [1] * 200},
    "110": {"load_us": 10_000, "start_us": [0, 100, 3000, 7000], "took_us": [50, 2000, 4000, 2000],
            "nsectors": [8, 8000, 20_000, 21_152], "of_program": [0, 1, 1, 1]},
}}
TITLES = {"100": "Sector by sector", "104": "Batched requests", "110": "Extents"}
PICTURES = at_both_widths({
    "growth": lambda: figures.growth_svg(GROWTH, "The cost and the size"),
    "ablation": lambda: figures.ablation_svg(ABLATION, "Step 106 without each of its layers"),
    "by step": lambda: figures.by_step_svg(COUNTERS, figures.by_layer(set(COUNTERS["101"])), "Everything"),
    "requests": lambda: figures.requests_svg(REQUESTS, TITLES, "The beginning of a load"),
})


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_no_text_lies_on_another_or_leaves_the_picture(picture) -> None:
    check_layout(picture)


@pytest.mark.parametrize("name, says", [
    ("growth", "step 106: 1 MB: 14.0 ms, 244 requests"),
    ("growth", "floor: 1 MB: 100 µs, 1 requests"),
    ("ablation", "101  A block cache: 2.60 times as long, 3.90 times when it was added."),
    ("ablation", "105  An open handle: the same kernel and the same image."),
    ("by step", "virtio.requests: 100: 207,866, 101: 103,933"),
    ("requests", "Step 104: 200 requests, 819 kB of the program."),
    ("requests", "Step 110: 4 requests, 25.2 MB of the program, done."),
])
def test_a_picture_says_in_words_what_it_shows(name, says) -> None:
    about = next(marks(check_layout(PICTURES[name]), "desc").__iter__()).text
    assert says in about


def test_the_slow_kernels_line_ends_where_nobody_waited_any_longer() -> None:
    root = check_layout(PICTURES["growth"])
    dots = [d for d in marks(root, "circle") if d[0].text.startswith("step 100, ")]
    assert len(dots) == 2 * 3
    assert not any("1 GB" in d[0].text for d in dots)


def test_ten_times_the_cost_is_as_high_everywhere() -> None:
    quantity = growth.QUANTITIES[1]
    marks = growth._panel((0, growth.TOP), quantity, (1e6, 1e8), {"106": {1e6: 10, 1e7: 100, 1e8: 1000}})
    dots = [m for m in marks if m.startswith("<circle")]
    low, middle, high = (float(m.split('cy="')[1].split('"')[0]) for m in dots)
    assert low - middle == pytest.approx(middle - high, abs=0.02) and low > middle


def test_a_layer_that_is_worth_nothing_has_a_bar_of_no_length() -> None:
    def longest(median: float) -> float:
        row = {"label": "x", "ratio": ratio(median), "requests": 1}
        root = check_layout(figures.ablation_svg([row], "One"))
        return float(marks(root, "rect", "f-bar")[1].get("width"))  # [0] is the key's
    assert longest(1.0) == 1.5 < longest(1.5) < longest(4)


def test_a_change_of_more_than_a_tenth_is_strong() -> None:
    assert by_step.changed(100, 80) and by_step.changed(100, 130) and by_step.changed(0, 1)
    assert not by_step.changed(100, 95) and not by_step.changed(0, 0)
    root = check_layout(PICTURES["by step"])
    strong = [r[0].text for r in marks(root, "rect", "f-bar")]
    assert "101: 103,933" in strong and "100: 207,866" not in strong and "105: 6,544" not in strong


@pytest.mark.parametrize("n, said", [(0, "0"), (38, "38"), (999, "999"), (6148, "6.1k"),
                                     (9_960, "10k"), (207_866, "208k"), (999_700, "1.0M"),
                                     (106_427_392, "106M")])
def test_a_count_is_short(n, said) -> None:
    assert by_step.short(n) == said


def test_a_request_that_was_answered_too_late_has_brought_nothing_yet() -> None:
    load = {"load_us": 900, "start_us": [0, 50], "took_us": [40, 100], "nsectors": [2, 2],
            "of_program": [1, 1]}
    assert requests.said(load, 100) == "2 requests, 1.02 kB of the program"


def test_a_larger_request_is_taller_and_none_leaves_its_lane() -> None:
    heights = [requests._height(n) for n in (1, 8, 512, 8192, 10**6)]
    assert heights == sorted(heights) and heights[0] > 0 and heights[-1] == requests.LANE
    assert "10 ms" in texts(check_layout(PICTURES["requests"]))
