"""The figures of the book, the README and the terminal, from numbers to SVG (or text).

ladder_svg, ladder_text, rungs_text: the steps of a part and the floor, on one logarithmic time axis.
layers_svg: what a step did to the counters, layer by layer.
timeline_svg, page_way_svg: one page's way through the layers (see timeline.py, page_way.py).
growth_svg, ablation_svg, by_step_svg, requests_svg: a whole part (see the files of these names).
matrix_svg: the last step against its peers (see heat.py).
"""
from __future__ import annotations

from measure.drawing import svg
from measure.drawing.ablation import ablation_svg
from measure.drawing.by_step import by_step_svg
from measure.drawing.growth import growth_svg
from measure.drawing.heat import matrix_svg
from measure.drawing.page_way import page_way_svg
from measure.drawing.requests import requests_svg
from measure.drawing.timeline import timeline_svg

__all__ = ["ladder_svg", "ladder_text", "rungs_text", "layers_svg", "timeline_svg", "page_way_svg",
           "growth_svg", "ablation_svg", "by_step_svg", "requests_svg", "matrix_svg", "by_layer"]

VERDICTS = {"faster": ("good", "▲"), "slower": ("bad", "▼"), "no difference": ("muted", "="),
            "inconclusive": ("muted", "?"), "depends": ("muted", "≶"), "unstable": ("muted", "~")}


def _split(rows: list[dict]) -> tuple[list[dict], dict | None]:
    """The steps in their order, and the floor."""
    floors = [r for r in rows if r["step"] == "floor"]
    return [r for r in rows if r["step"] != "floor"], floors[0] if floors else None


def _best(steps: list[dict]) -> dict:
    """Where the ladder has come to: its last step that is no branch."""
    return next((r for r in reversed(steps) if not r.get("branch")), steps[-1])


def _title(row: dict) -> str:
    return row["title"] + (f" (a branch: {row['branch']})" if row.get("branch") else "")


def _number(row: dict) -> str:
    """"101" of "101-block-cache"."""
    return str(row["step"]).split("-", 1)[0]


def _ratio_text(ratio: dict | None) -> str:
    if not ratio:
        return ""
    return (f"{svg.three(ratio['median'])}× "
            f"({svg.three(ratio['low'])}–{svg.three(ratio['high'])})")


def _cost_text(row: dict) -> str:
    requests = row.get("requests")
    unit = row.get("unit", "request") + ("" if requests == 1 else "s")
    return svg.seconds_text(row["seconds"]) + (
        f" · {requests:,} {unit}" if requests is not None else "")


def _distance(row: dict, floor: dict) -> str:
    """"101 is 95.2× the floor"; "" for a floor that took no time."""
    if floor["seconds"] <= 0:
        return ""
    return f"{_number(row)} is {svg.three(row['seconds'] / floor['seconds'])}× the floor"


# --- the ladder ----------------------------------------------------------------------------

ROW, BAR, TOP = 52, 17, 54
NARROW_ROW, LINE = 72, 18  # narrow: costs stand below the bar, and what a branch asks below its title
X0 = svg.PAD


def ladder_svg(rows: list[dict], title: str, others: str = "") -> str:
    """One bar a step, from slow to fast, and the floor as a line through all of them.

    others: a line about the steps that are no rung
    """
    steps, floor = _split(rows)
    beside = max(svg.text_width(_cost_text(r)) for r in rows) + 24  # right of the longest bar
    axis = svg.log_axis([r["seconds"] for r in rows], X0,
                        svg.right() - (0 if svg.is_narrow() else beside))
    tops = [TOP]
    for row in [*steps, *([floor] if floor else [])]:
        tops.append(tops[-1] + _ladder_height(row))
    bottom = tops[-1] + (18 if floor and steps else 0)
    floor_y = tops[len(steps)]

    body = svg.heading(title)
    for tick in axis.ticks(room=64):
        x = axis.at(tick)
        anchor = "end" if x > svg.right() - 20 else "middle"
        body += [svg.line(x, TOP - 4, x, bottom, "grid"),
                 svg.text(max(x, X0 + 14), bottom + 16, svg.seconds_tick(tick), "muted", 11.5,
                          anchor)]
    for row, y in zip(steps, tops):
        body += _ladder_bar(row, _bar_top(row, y), axis, floor)
    if floor:
        x, bar_y = axis.at(floor["seconds"]), _bar_top(floor, floor_y)
        body += [svg.rect(X0, bar_y, x - X0, BAR, "barfloor", rx=2),
                 svg.line(x, TOP - 4, x, bar_y + BAR, "floor", 1.5, dash="4 4")]
    for row, y in zip(steps, tops):
        body += (_narrow_words if svg.is_narrow() else _ladder_words)(row, y, axis)
    if floor:
        body += _floor_words(floor, floor_y, axis)
        body += _floor_distance(floor, _best(steps), tops[-1], axis) if steps else []
    end, notes = svg.words(X0, bottom + 38, "Time taken, logarithmic. × is the step before ÷ this "
                           "step; the whisker its 95 % interval.")
    if others:
        end, more = svg.words(X0, end + 20, others)
        notes += more
    return svg.document("ladder", end + 14, title, _ladder_about(steps, floor), body + notes)


def _ladder_height(row: dict) -> float:
    tall = svg.is_narrow() and row["step"] != "floor"
    return (NARROW_ROW if tall else ROW) + LINE * len(_second_lines(row))


def _second_lines(row: dict) -> list[str]:
    """What has no room beside the title."""
    if row["step"] == "floor":
        return _floor_lines(row)[1:]
    if row.get("branch") and (svg.is_narrow() or svg.text_width(_title(row)) > _title_room(row)):
        return svg.lines(f"a branch: {row['branch']}", svg.right() - X0 - 34, 12)
    return []


def _title_room(row: dict) -> float:
    """Where it is wide, up to the ratio and the verdict."""
    ratio = _ratio_text(row.get("ratio"))
    behind = svg.text_width(ratio) + 12 if ratio else 0
    return _verdict_words(row, 0)[0] - behind - X0 - 34


def _floor_lines(floor: dict) -> list[str]:
    return svg.lines(floor["title"], svg.right() - X0 - 46)


def _bar_top(row: dict, y: float) -> float:
    return y + 23 + LINE * len(_second_lines(row))


def _ladder_bar(row: dict, top: float, axis: svg.LogAxis, floor: dict | None) -> list[str]:
    """Up to the floor in a lighter colour: no step can take that away."""
    end = axis.at(row["seconds"])
    out = [svg.rect(X0, top, end - X0, BAR, "bar", rx=2, tip=f"{row['step']}: {_cost_text(row)}")]
    if floor:
        out.append(svg.rect(X0, top, min(axis.at(floor["seconds"]), end) - X0, BAR, "barfloor",
                            rx=2))
    if row.get("ratio"):
        a, b, y = *_whisker(row, axis), top + BAR / 2
        out += [svg.line(a, y, b, y, "ink", 1.5)]
        out += [svg.line(x, y - 4.5, x, y + 4.5, "ink", 1.5) for x in (a, b)]
    return out


def _whisker(row: dict, axis: svg.LogAxis) -> tuple[float, float]:
    """The ratio's interval, as the times that it allows around this step's."""
    ratio = row["ratio"]
    a, b = (axis.at(row["seconds"] * ratio["median"] / ratio[end]) if ratio[end] > 0 else axis.x1
            for end in ("high", "low"))
    return a, b


def _ladder_words(row: dict, y: float, axis: svg.LogAxis) -> list[str]:
    left, out = _verdict_words(row, y)
    if ratio := _ratio_text(row.get("ratio")):
        out.append(svg.text(left, y + 15, ratio, "ink", 13, "end", on="paper"))
        left -= svg.text_width(ratio) + 12
    end = max(axis.at(row["seconds"]), _whisker(row, axis)[1] if row.get("ratio") else 0)
    return [*out, *_title_words(row, y, left),
            svg.text(end + 8, _bar_top(row, y) + 13, _cost_text(row), on="paper")]


def _narrow_words(row: dict, y: float, axis: svg.LogAxis) -> list[str]:
    left, out = _verdict_words(row, y)
    out += _title_words(row, y, left)
    below = _bar_top(row, y) + BAR + 15
    if ratio := _ratio_text(row.get("ratio")):
        out.append(svg.text(svg.right(), below, ratio, "ink", 12.5, "end", on="paper"))
    return [*out, svg.text(X0, below, _cost_text(row), "ink", 12.5, on="paper")]


def _verdict_words(row: dict, y: float) -> tuple[float, list[str]]:
    """Where there is room up to, and the verdict behind that."""
    verdict = row.get("verdict")
    if not verdict:
        return svg.right(), []
    colour, sign = VERDICTS.get(verdict, ("muted", ""))
    said = f"{sign} {verdict}".strip()
    return (svg.right() - svg.text_width(said, 13, bold=True) - 12,
            [svg.text(svg.right(), y + 15, said, colour, 13, "end", bold=True, on="paper")])


def _title_words(row: dict, y: float, right: float) -> list[str]:
    below = _second_lines(row)
    title = row["title"] if below else _title(row)
    return [svg.text(X0, y + 15, _number(row), bold=True, on="paper"),
            svg.text(X0 + 34, y + 15, svg.fit(title, right - X0 - 34), on="paper"),
            *(svg.text(X0 + 34, y + 15 + (i + 1) * LINE, said, "muted", 12, on="paper")
              for i, said in enumerate(below))]


def _floor_words(floor: dict, y: float, axis: svg.LogAxis) -> list[str]:
    cost, behind = _cost_text(floor), axis.at(floor["seconds"]) + 8
    if behind + svg.text_width(cost) > svg.right():  # on the bar, then
        behind = svg.right() - svg.text_width(cost)
    return [svg.text(X0, y + 15, "floor", "floor", bold=True, on="paper"),
            *(svg.text(X0 + 46, y + 15 + i * LINE, said, "muted", on="paper")
              for i, said in enumerate(_floor_lines(floor))),
            svg.text(behind, _bar_top(floor, y) + 13, cost, on="paper")]


def _floor_distance(floor: dict, last: dict, y: float, axis: svg.LogAxis) -> list[str]:
    """An arrow from the floor to where the last step stands, with how far that is."""
    said, (a, b) = _distance(last, floor), sorted(axis.at(r["seconds"]) for r in (floor, last))
    if not said:
        return []
    out = []
    if b - a > 14:
        heads = "".join(f"M{svg.num(x + d)} {y - 4}L{svg.num(x)} {y}L{svg.num(x + d)} {y + 4}"
                        for x, d in ((a, 5), (b, -5)))
        out.append(svg.path(f"M{svg.num(a)} {y}L{svg.num(b)} {y}{heads}", "floor", 1.5))
    if b + 10 + svg.text_width(said) < svg.right():
        return [*out, svg.text(b + 10, y + 4.5, said, "floor", on="paper")]
    beside = a - 10 if a - 10 - svg.text_width(said) >= X0 else svg.right()
    return [*out, svg.text(beside, y + 4.5, said, "floor", anchor="end", on="paper")]


def _ladder_about(steps: list[dict], floor: dict | None) -> str:
    said = []
    for row in steps:
        ratio = f", {_ratio_text(row['ratio'])} the step before" if row.get("ratio") else ""
        verdict = f": {row['verdict']}" if row.get("verdict") else ""
        said.append(f"{_number(row)} {_title(row)}: {_cost_text(row)}{ratio}{verdict}.")
    if floor:
        said.append(f"Floor: {_cost_text(floor)}.")
    return " ".join(said)


# --- the ladder in a terminal -----------------------------------------------------------------

def ladder_text(rows: list[dict], width: int = 80) -> str:
    """The same ladder in block characters; no line is wider than `width` (at least 40)."""
    steps, floor = _split(rows)
    room = max(len(_cost_text(r)) for r in rows) + 1
    axis = svg.log_axis([r["seconds"] for r in rows], 0, max(8, width - room))
    floor_at = axis.at(floor["seconds"]) if floor else 0
    lines = []
    for row in steps:
        sign = VERDICTS.get(row.get("verdict"), ("", ""))[1]
        said = "  ".join(filter(None, [_ratio_text(row.get("ratio")),
                                       f"{sign} {row['verdict']}" if row.get("verdict") else ""]))
        lines.append(_sides(f"{_number(row)}  {_title(row)}", said, width))
        lines.append(f"{_blocks(axis.at(row['seconds']), floor_at)} {_cost_text(row)}"[:width])
    if floor:
        said = _distance(_best(steps), floor) if steps else ""
        lines.append(_sides(f"floor  {floor['title']}", said, width))
        lines.append(f"{_blocks(floor_at, floor_at)} {_cost_text(floor)}"[:width])
    return "\n".join([*lines, _scale(axis, width)]) + "\n"


def rungs_text(rows: list[dict], width: int = 80, label: int = 24) -> str:
    """A ladder with a line a rung: its title, its bar, its time and what it gained."""
    steps, floor = _split(rows)
    shown = [*steps, *([floor] if floor else [])]
    said = [_rung_words(row, row in (steps[0], _best(steps))) for row in shown]
    axis = svg.log_axis([r["seconds"] for r in rows], 0, 1)
    shares = [axis.at(r["seconds"]) for r in shown]
    longest = min((width - label - len(words) - 2) / max(share, 0.01)
                  for words, share in zip(said, shares))
    names = [_number(r) if r is floor else f"{_number(r)}  {r['title']}" for r in shown]
    floor_at = axis.at(floor["seconds"]) * longest if floor else 0
    return "".join(f"{_sides(name, '', label - 1):<{label}}{_blocks(share * longest, floor_at)} {words}\n"
                   for name, share, words in zip(names, shares, said))


def _rung_words(row: dict, with_requests: bool) -> str:
    """ "131 ms  7.41× faster" """
    cost = _cost_text(row) if with_requests else svg.seconds_text(row["seconds"])
    if not row.get("verdict"):
        return cost
    return f"{cost}  {svg.three(row['ratio']['median'])}× {row['verdict']}"


def _sides(left: str, right: str, width: int) -> str:
    """One text at the left, one at the right; the left one is cut where they would meet."""
    room = width - len(right) - (2 if right else 0)
    left = left if len(left) <= room else left[:max(room - 1, 0)] + "…"
    return (left.ljust(width - len(right)) + right)[-width:].rstrip()


def _blocks(length: float, floor: float) -> str:
    """A bar of `length` cells to an eighth of one, its part below the floor lighter."""
    whole, rest = divmod(max(1, round(length * 8)), 8)
    light = min(round(floor), whole)
    return "▒" * light + "█" * (whole - light) + (" ▏▎▍▌▋▊▉"[rest] if rest else "")


def _scale(axis: svg.LogAxis, width: int) -> str:
    out = ""
    for tick in axis.ticks(room=9):
        at = int(axis.at(tick))
        if at >= len(out) and at + len(svg.seconds_tick(tick)) + 1 <= width:
            out = out.ljust(at) + "╵" + svg.seconds_tick(tick)
    return out


# --- counters by layer --------------------------------------------------------------------------

LAYERS = [("ELF loader", ("elf",)), ("VFS", ("vfs", "file")), ("ext2", ("ext2", "ext4", "fs")),
          ("block cache", ("cache", "bio")), ("virtio", ("blk", "virtio")),
          ("memory", ("heap", "page", "copy", "zero"))]
COUNTER = 25  # pixels


def by_layer(names: set[str]) -> list[tuple[str, list[str]]]:
    """The counters of each layer, from the program down to the device."""
    groups = [(layer, sorted(n for n in names if n.split(".")[0] in prefixes))
              for layer, prefixes in LAYERS]
    known = {n for _, ns in groups for n in ns}
    groups.append(("other", sorted(names - known)))
    return [g for g in groups if g[1]]


def layers_svg(before: dict | None, after: dict, title: str) -> str:
    """Each counter before (hollow) and after (solid) on one logarithmic scale, and exactly.

    What never happened, neither before nor after, is left out. Where it is narrow, a counter's marks
    stand below its name and its numbers.
    """
    before = before or {}
    groups = by_layer({n for n in before | after if before.get(n) or after.get(n)})
    numbers = [*before.values(), *after.values()]
    digits = max([svg.text_width(f"{n:,}") for n in numbers], default=0)
    name_w = max([svg.text_width(n, 12, mono=True) for _, ns in groups for n in ns], default=0)
    right, below = svg.right(), 18 if svg.is_narrow() else 0
    columns = (right - digits - (14 if below else 22), right) if before else (right, right)
    x0 = svg.PAD + 30 if below else svg.PAD + name_w + 44
    x1 = right - 8 if below else (columns[0] if before else right) - digits - 24
    axis = svg.log_axis([10, *(n for n in numbers if n > 0)], x0, x1)

    bottom = 66 + sum(30 + (COUNTER + below) * len(ns) for _, ns in groups)
    body = svg.heading(title)
    if before:
        body += [svg.dot(columns[0] - 52, 50, 5, "bar", hollow=True),
                 svg.text(columns[0], 54, "before", "muted", 12, "end"),
                 svg.dot(columns[1] - 42, 50, 5, "bar"),
                 svg.text(columns[1], 54, "after", "muted", 12, "end", bold=True)]
    body += [mark for tick in axis.ticks(room=58) for mark in (
        svg.line(axis.at(tick), 62, axis.at(tick), bottom, "grid"),
        svg.text(axis.at(tick), bottom + 15, svg.count_tick(tick), "muted", 11.5, "middle"))]
    zero_x = x0 - 20
    body.append(svg.text(zero_x, bottom + 15, "0", "muted", 11.5, "middle"))
    y = 66
    for layer, names in groups:
        body.append(svg.text(svg.PAD, y + 17, layer, bold=True, on="paper"))
        y += 24
        for name in names:
            words = y + COUNTER / 2
            body += _counter_words(name, before.get(name), after.get(name), words, columns)
            body += _counter_marks(before.get(name), after.get(name), words + below, axis, zero_x)
            y += COUNTER + below
        y += 6
    about = " ".join(f"{n}: " + (f"{before[n]:,} before, " if n in before else "")
                     + (f"{after[n]:,}." if n in after else "no longer counted.")
                     for _, names in groups for n in names)
    return svg.document("layers", bottom + 28, title, about, body)


def _counter_words(name: str, old: int | None, new: int | None, middle: float,
                   columns: tuple[float, float]) -> list[str]:
    out = [svg.text(svg.PAD, middle + 4, name, "muted", 12, mono=True, on="paper")]
    if old is not None:
        out.append(svg.text(columns[0], middle + 4.5, f"{old:,}", "muted", 13, "end", on="paper"))
    if new is not None:
        out.append(svg.text(columns[1], middle + 4.5, f"{new:,}", "ink", 13, "end",
                            bold=old is not None and new != old, on="paper"))
    return out


def _counter_marks(old: int | None, new: int | None, middle: float, axis: svg.LogAxis, zero_x: float
                   ) -> list[str]:
    def place(n: int) -> float:
        return axis.at(n) if n > 0 else zero_x

    out = []
    if old is not None and new is not None and old != new:
        out.append(svg.line(place(old), middle, place(new), middle, "bar", 2.5))
    if old is not None:
        out.append(svg.dot(place(old), middle, 5, "bar", hollow=True))
    if new is not None:
        out.append(svg.dot(place(new), middle, 5 if old != new else 3.2, "bar"))
    return out
