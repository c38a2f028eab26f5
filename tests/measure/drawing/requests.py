"""The beginning of a load at every step, request by request, on one time axis."""
from __future__ import annotations

import math

from measure.drawing import svg
from measure.drawing.timeline import linear_ticks, ns_tick

TOP, ROW, LANE = 76, 46, 22
BELOW = 16  # narrow: what was answered stands below the step's title
X0 = svg.PAD
SECTOR = 512
SMALLEST, LARGEST = 3, LANE  # pixels, for 512 bytes and for 4 MiB


def requests_svg(found: dict, titles: dict[str, str], title: str) -> str:
    """`found`: window_us, and for each step columns of its requests; see kernel_requests.py."""
    window = found["window_us"]
    rows = list(found["steps"].items())
    below = BELOW if svg.is_narrow() else 0
    x1, (key_y, key) = svg.right(), _key()
    top, row_height = TOP + key_y - KEY, ROW + below
    bottom = top + row_height * len(rows)

    def at(us: float) -> float:
        return X0 + (x1 - X0) * min(us / window, 1)

    body = [*svg.heading(title), *key]
    for ns in linear_ticks(window * 1000, 3 if below else 7):
        x = at(ns / 1000)
        anchor = "start" if ns == 0 else "end" if x > x1 - 24 else "middle"
        body += [svg.line(x, top - 6, x, bottom, "grid"),
                 svg.text(x, bottom + 15, ns_tick(ns), "muted", 11.5, anchor)]
    about = []
    for i, (step, load) in enumerate(rows):
        y = top + i * row_height
        body += _lane(step, titles.get(step, ""), load, y, at, window, below)
        about.append(f"Step {step}: {said(load, window)}.")
        body.append(svg.text(X0 if below else x1, y + 12 + below, said(load, window), "muted", 12,
                             "start" if below else "end", on="paper"))
    return svg.document("requests", bottom + 28, title, " ".join(about), body)


KEY = 50  # where it stands


def _key() -> tuple[float, list[str]]:
    return svg.in_rows(svg.PAD, KEY, [
        svg.key("data", "the program’s bytes"),
        svg.key("path", "everything else: directories, inodes, block maps"),
        svg.key("", "tall: large; broad: slow")])


def _lane(step: str, title: str, load: dict, y: float, at, window: int, below: float) -> list[str]:
    base = y + 18 + LANE + below
    out = [svg.text(X0, y + 12, step, bold=True, on="paper"),
           svg.text(X0 + 34, y + 12, title, on="paper"),
           svg.line(X0, base, svg.right(), base, "grid")]
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
