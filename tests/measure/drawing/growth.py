"""What a load costs at each size of the program: time and requests, all axes logarithmic."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

from measure.drawing import svg

# step: colour; what has none gets the next
COLOURS = ("map", "inode", "bar", "good", "path")
TOP, HEIGHT, BOTTOM = 78, 250, 40
PANEL, MIDDLE = 272, 96  # the width of one, and what lies between their left edges besides
X0 = svg.PAD + 44
LABEL = 15  # the least distance between two labels


@dataclass(frozen=True)
class Quantity:
    field: str
    title: str
    tick: Callable[[float], str]
    said: Callable[[float], str]
    least: float = 0  # where its axis begins at the latest


QUANTITIES = (
    Quantity("seconds", "time to load", svg.seconds_tick, svg.seconds_text),
    Quantity("virtio.requests", "requests", svg.count_tick, "{:,}".format, least=1),
)


def growth_svg(found: dict, title: str) -> str:
    """`found`: sizes {name: bytes}, and for each step (and the floor) its costs by size name."""
    sizes = found["sizes"]
    names = sorted(n for n in found if n.isdigit()) + ["floor"] * ("floor" in found)
    lines = {n: {sizes[s]: cost for s, cost in found[n].items()} for n in names}
    x_range = (min(sizes.values()), max(sizes.values()))
    body, below = svg.heading(title), TOP + HEIGHT if svg.is_narrow() else 0
    for i, quantity in enumerate(QUANTITIES):
        at = (X0, TOP + i * below) if below else (X0 + i * (PANEL + MIDDLE), TOP)
        body += _panel(at, quantity, x_range, {
            name: {size: cost[quantity.field] for size, cost in costs.items()}
            for name, costs in lines.items()})
    about = " ".join(f"{_called(n)}: " + "; ".join(
        f"{_size(size)}: {svg.seconds_text(c['seconds'])}, {c['virtio.requests']:,} requests"
        for size, c in costs.items()) + "." for n, costs in lines.items())
    return svg.document("growth", TOP + below + HEIGHT + BOTTOM, title, about, body)


def _called(name: str) -> str:
    return name if name == "floor" else f"step {name}"


def _size(size: float) -> str:
    """"1 MB", "1 GB"."""
    return f"{size / 1e9:g} GB" if size >= 1e9 else f"{size / 1e6:g} MB"


def _colour(name: str, names: list[str]) -> str:
    return "floor" if name == "floor" else COLOURS[names.index(name) % len(COLOURS)]


def _panel(at: tuple[float, float], quantity: Quantity, x_range: tuple[float, float],
           lines: dict[str, dict]) -> list[str]:
    """One quantity over the size of the program, a line for each step."""
    x0, y0 = at
    x = svg.LogAxis(x0, x0 + PANEL, *x_range)
    values = [v for points in lines.values() for v in points.values()]
    y = svg.log_axis(values, y0 + HEIGHT, y0)
    y = dataclasses.replace(y, low=max(y.low, quantity.least))
    out = [svg.text(x0, y0 - 14, quantity.title, "muted", 12.5)]
    for tick in x.ticks(room=1):
        out += [svg.line(x.at(tick), y0, x.at(tick), y0 + HEIGHT, "grid"),
                svg.text(x.at(tick), y0 + HEIGHT + 17, _size(tick), "muted", 11.5, "middle")]
    for tick in y.ticks(room=-20):  # upwards is towards smaller coordinates
        out += [svg.line(x0, y.at(tick), x0 + PANEL, y.at(tick), "grid"),
                svg.text(x0 - 7, y.at(tick) + 4, quantity.tick(tick), "muted", 11.5, "end")]
    names = list(lines)
    for name, points in lines.items():
        at = [(x.at(size), y.at(value)) for size, value in sorted(points.items())]
        d = "M" + "L".join(f"{svg.num(a)} {svg.num(b)}" for a, b in at)
        colour = _colour(name, names)
        out.append(svg.path(d, colour, 2, dash="5 4" if name == "floor" else ""))
        out += [svg.dot(a, b, 3.6, colour, tip=f"{_called(name)}, {_size(size)}: {quantity.said(value)}")
                for (a, b), (size, value) in zip(at, sorted(points.items()))]
    return out + _labels(x0 + PANEL, {
        name: (x.at(max(points)), y.at(points[max(points)])) for name, points in lines.items()},
        names)


def _labels(right: float, ends: dict[str, tuple[float, float]], names: list[str]) -> list[str]:
    """Each line's name behind its end, moved down where it would stand on another."""
    out, below = [], -math.inf
    for name, (x, y) in sorted(ends.items(), key=lambda end: end[1][1]):
        if x >= right - 1:
            y = below = max(y, below + LABEL)
        out.append(svg.text(x + 8, y + 4.5, name, _colour(name, names), 12.5, bold=True,
                            on="paper"))
    return out
