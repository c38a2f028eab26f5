"""A matrix as a heat map: in which cells a library keeps up with its best peer."""
from __future__ import annotations

from measure.drawing import svg

LEFT, TOP, ROW = 78, 92, 34
GAP = 10  # between the warm half and the cold one
FULL = 2.0  # times as slow, or as fast, at which a cell has its whole colour


def matrix_svg(found: dict, title: str) -> str:
    """Rows are sizes, columns accesses, once warm and once cold; × is our time ÷ the best peer's."""
    caches = ("warm", "cold")
    accesses, sizes = list(found["cells"]), list(found["sizes"])
    halves = 1 if svg.is_narrow() else len(caches)  # side by side
    width = (svg.right() - LEFT - GAP * (halves - 1)) / (halves * len(accesses))
    half_height = ROW * len(sizes) + (TOP - 40) if svg.is_narrow() else 0
    bottom = TOP + ROW * len(sizes) + half_height
    body, said = svg.heading(title), []
    for half, cache in enumerate(caches):
        x0 = LEFT + (0 if half_height else half * (width * len(accesses) + GAP))
        top = TOP + half * half_height
        body.append(svg.text(x0 + width * len(accesses) / 2, top - 26, f"{cache} cache", "ink", 13,
                             "middle", bold=True))
        for column, access in enumerate(accesses):
            x = x0 + column * width
            body.append(svg.text(x + width / 2, top - 8, svg.fit(access, width - 4, 10.5), "muted",
                                 10.5, "middle"))
            for row, size in enumerate(sizes):
                cell = found["cells"][access].get(cache, {}).get(size, {"not": "not measured"})
                body += _cell(x, top + row * ROW, width, cell, found["most"])
                said.append(f"{size}, {access}, {cache}: {_words(cell)}.")
        if half == 0 or half_height:
            body += [svg.text(LEFT - 10, top + row * ROW + 21, size, "ink", 12, "end")
                     for row, size in enumerate(sizes)]
    end, notes = svg.words(svg.PAD, bottom + 24, "× is the library's time ÷ the best peer's: below "
                           f"1 it is faster. A frame: more than {found['most']:g}.")
    return svg.document("matrix", end + 16, title, " ".join(said), body + notes)


def _cell(x: float, y: float, width: float, cell: dict, most: float) -> list[str]:
    w, h = width - 2, ROW - 2
    if "not" in cell:
        return [svg.rect(x, y, w, h, "band", rx=2, tip=cell["not"]),
                svg.text(x + w / 2, y + 20, "–", "muted", 11, "middle")]
    times = cell["times_best"]
    strength = min(1.0, abs(times - 1) / (FULL - 1 if times > 1 else 1 - 1 / FULL))
    out = [svg.rect(x, y, w, h, "band", rx=2),
           _tint(svg.rect(x, y, w, h, "bad" if times > 1 else "good", rx=2, tip=_words(cell)),
                 0.45 * strength),
           svg.text(x + w / 2, y + 20, svg.three(times), "ink", 11, "middle",
                    bold=times > most)]
    if times > most:
        out.append(svg.path(f"M{svg.num(x + 1)} {svg.num(y + 1)}h{svg.num(w - 2)}v{svg.num(h - 2)}"
                            f"h-{svg.num(w - 2)}z", "ink", 1.5))
    return out


def _tint(mark: str, opacity: float) -> str:
    return mark.replace('class="', f'fill-opacity="{svg.num(opacity)}" class="', 1)


def _words(cell: dict) -> str:
    if "not" in cell:
        return cell["not"]
    return (f"{svg.three(cell['times_best'])}× {cell['best']} ({svg.three(cell['low'])} to "
            f"{svg.three(cell['high'])}), "
            f"{cell['ours']}: {svg.seconds_text(cell['seconds'][cell['ours']])} against "
            f"{svg.seconds_text(cell['seconds'][cell['best']])}")
