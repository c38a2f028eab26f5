"""The beginning of a load at every step, request by request, on one time axis."""
from __future__ import annotations

import math

from measure.drawing import svg
from measure.drawing.timeline import linear_ticks, ns_tick

TOP, ROW, LANE = 76, 46, 22
X0, X1 = svg.PAD, svg.WIDTH - svg.PAD
SECTOR = 512
SMALLEST, LARGEST = 3, LANE  # pixels, for 512 bytes and for 4 MiB


def requests_svg(found: dict, titles: dict[str, str], title: str) -> str:
    """`found`: window_us, and for each step columns of its requests; see kernel_requests.py."""
    window = found["window_us"]
    rows = list(found["steps"].items())
    bottom = TOP + ROW * len(rows)

    def at(us: float) -> float:
        return X0 + (X1 - X0) * min(us / window, 1)

    body = [svg.heading(title), *_key()]
    for ns in linear_ticks(window * 1000):
        x = at(ns / 1000)
        anchor = "start" if ns == 0 else "end" if x > X1 - 24 else "middle"
        body += [svg.line(x, TOP - 6, x, bottom, "grid"),
                 svg.text(x, bottom + 15, ns_tick(ns), "muted", 11.5, anchor)]
    about = []
    for i, (step, load) in enumerate(rows):
        body += _lane(step, titles.get(step, ""), load, TOP + i * ROW, at, window)
        about.append(f"Step {step}: {said(load, window)}.")
        body.append(svg.text(X1, TOP + i * ROW + 12, said(load, window), "muted", 12, "end",
                             on="paper"))
    return svg.document("requests", bottom + 28, title, " ".join(about), body)


def _key() -> list[str]:
    x, y, out = svg.PAD, 50, []
    for colour, words in (("data", "the program’s bytes"), ("path", "everything else: directories, "
                          "inodes, block maps"), ("", "tall: large; broad: slow")):
        if colour:
            out.append(svg.rect(x, y - 9, 10, 10, colour, rx=2))
            x += 16
        out.append(svg.text(x, y, words, "muted", 12))
        x += svg.text_width(words, 12) + 18
    return out


def _lane(step: str, title: str, load: dict, y: float, at, window: int) -> list[str]:
    base = y + 18 + LANE
    out = [svg.text(X0, y + 12, step, bold=True, on="paper"),
           svg.text(X0 + 34, y + 12, title, on="paper"),
           svg.line(X0, base, X1, base, "grid")]
    for start, took, nsectors, own in zip(load["start_us"], load["took_us"], load["nsectors"],
                                          load["of_program"]):
        x, height = at(start), _height(nsectors)
        out.append(svg.rect(x, base - height, max(at(start + took) - x - 0.3, 0.8), height,
                            "data" if own else "path"))
    if load["load_us"] <= window:
        x = at(load["load_us"])
        out.append(svg.line(x, base - LANE, x, base + 3, "good", 2.5))
    return out


def _height(nsectors: int) -> float:
    """By its size, logarithmically: each factor of eight is as much more."""
    share = math.log2(max(nsectors, 1)) / math.log2(4 * 2**20 / SECTOR)
    return SMALLEST + (LARGEST - SMALLEST) * min(share, 1)


def said(load: dict, window: int) -> str:
    """"224 requests, 110 kB of the program"; what has been answered by the end of the window."""
    done = [n * SECTOR for start, took, n, own in zip(
        load["start_us"], load["took_us"], load["nsectors"], load["of_program"])
        if own and start + took <= window]
    n = len(load["start_us"])
    return (f"{n:,} request{'s' * (n != 1)}, {_bytes(sum(done))} of the program"
            + (", done" if load["load_us"] <= window else ""))


def _bytes(n: int) -> str:
    """"512 B", "110 kB", "25.2 MB"."""
    for scale, unit in ((1e6, "MB"), (1e3, "kB")):
        if n >= scale:
            return f"{svg.three(n / scale)} {unit}"
    return f"{n} B"
