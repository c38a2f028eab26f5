"""The EPUB's cover: title, authors, and the ladder of each part, drawn from its goldens."""
from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from measure import steps as known
from measure.drawing import svg
from measure.goldens import golden as goldens

SIZE = (1200, 1800)  # pixels
PAPER, INK, MUTED, BAR, REST = (svg.COLOURS[name][1]
                                for name in ("paper", "ink", "muted", "bar", "barfloor"))
LEFT, RIGHT, TOP, BOTTOM = 100, 1100, 640, 1640
BETWEEN = 1.5  # parts, in bars


def draw(to: Path, title: str, said: str, authors: str) -> None:
    from matplotlib.figure import Figure  # slow to load, and only the EPUB needs it
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor=PAPER)
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, SIZE[0]), ylim=(SIZE[1], 0))
    page.axis("off")
    page.text(LEFT, 320, title, color=INK, fontsize=80, fontweight="bold")
    for i, line in enumerate(svg.lines(said, RIGHT - LEFT, 44)):
        page.text(LEFT, 410 + 60 * i, line, color=MUTED, fontsize=28)
    page.text(LEFT, 1720, authors, color=INK, fontsize=24)
    for y, height, length, colour in bars():
        page.add_patch(Rectangle((LEFT, y), length, height, color=colour, linewidth=0))
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to)


def bars() -> Iterator[tuple[float, float, float, str]]:
    """Where each one stands, how high and long it is, and its colour: what the best step left over
    of the first one's time is brighter. Each part's longest bar is as long as the page is wide.
    """
    parts = list(ladders())
    rows = sum(map(len, parts)) + BETWEEN * (len(parts) - 1)
    pitch, y = (BOTTOM - TOP) / max(rows, 12), TOP
    for seconds in parts:
        least, most = min(seconds) / 2, max(seconds)
        for s in seconds:
            length = (RIGHT - LEFT) * math.log(s / least) / math.log(most / least)
            yield y, 0.7 * pitch, length, BAR if s == min(seconds) else REST
            y += pitch
        y += BETWEEN * pitch


def ladders() -> Iterator[list[float]]:
    """What the steps of each part take, but for the branches."""
    measured = [s for s in known.all_steps() if s.golden_path.is_file()]
    for part in dict.fromkeys(s.part for s in measured):
        rows = goldens.ladder([s for s in measured if s.part == part and not s.branch])[1]
        yield [row["seconds"] for row in rows if row["step"] != "floor"]
