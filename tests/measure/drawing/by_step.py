"""Each layer's counters at every step of a part: what a step took away, and where."""
from __future__ import annotations

import math

from measure.drawing import svg

TOP, ROW, GROUP = 82, 34, 22
BAR = 20  # the tallest
NAME = 138  # beside the bars; where it is narrow, above them
CHANGED = 1.1  # a factor


def by_step_svg(counters: dict[str, dict], groups: list[tuple[str, list[str]]], title: str) -> str:
    """counters: those of each step, by its number; groups: the counters of each layer."""
    steps = list(counters)
    width = (svg.right() - _left()) / max(len(steps), 1)
    body, y, about = svg.heading(title), TOP, []
    for i, step in enumerate(steps):
        body.append(svg.text(_middle(i, width), TOP - 16, step, "muted", 12, "middle", bold=True))
    for layer, names in groups:
        body.append(svg.text(svg.PAD, y + 10, layer, bold=True))
        y += GROUP
        for name in names:
            values = [counters[step].get(name) for step in steps]
            body += _row(name, values, steps, y, width)
            about.append(f"{name}: " + ", ".join(
                f"{s}: {v:,}" for s, v in zip(steps, values) if v is not None) + ".")
            y += ROW + _above()
    end, notes = svg.words(svg.PAD, y + 14, "Each row has its own logarithmic scale. Strong: "
                           "changed by more than a tenth against the step before.")
    return svg.document("by-step", end + 14, title, " ".join(about), body + notes)


def _left() -> float:
    """Where the bars begin."""
    return svg.PAD + (0 if svg.is_narrow() else NAME)


def _above() -> float:
    """What a name needs above its bars."""
    return 18 if svg.is_narrow() else 0


def _middle(i: int, width: float) -> float:
    return _left() + (i + 0.5) * width


def _row(name: str, values: list[int | None], steps: list[str], y: float, width: float
         ) -> list[str]:
    base = y + ROW - 8 + _above()
    most = max((v for v in values if v), default=1)
    name_y, size = (y + 12, 9.5) if svg.is_narrow() else (base - 2, 10.5)
    out = [svg.text(svg.PAD, name_y, name, "muted", 11.5, mono=True),
           svg.line(_left(), base, svg.right(), base, "grid")]
    before = None
    for i, (step, value) in enumerate(zip(steps, values)):
        if value is None:
            continue
        strong = before is not None and changed(before, value)
        height = BAR * math.log10(value + 1) / math.log10(most + 1)
        out += [svg.rect(_middle(i, width) - width * 0.36, base - height, width * 0.72, height,
                         "bar" if strong else "barfloor", rx=1.5, tip=f"{step}: {value:,}"),
                svg.text(_middle(i, width), base - height - 2.5, short(value),
                         "ink" if strong else "muted", size, "middle", bold=strong)]
        before = value
    return out


def changed(before: int, after: int) -> bool:
    return max(before, after) > CHANGED * min(before, after)


def short(n: int) -> str:
    """Three digits at most: 0, 38, 6.1k, 208k, 24M."""
    for scale, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= 0.9995 * scale:
            x = n / scale
            return f"{x:.1f}{unit}" if x < 9.95 else f"{x:.0f}{unit}"
    return str(n)
