"""A trace over time: which layer worked when, for what, and when the device was asked."""
from __future__ import annotations

from measure.drawing import calls, svg
from measure.drawing.calls import Call

LANE, GAP, TICK = 17, 7, 22
NAMES = 100  # beside the lanes; where it is narrow, names stand above them
TOP = 72
WRAPPED = 0.9  # of the caller's time


def timeline_svg(events: list[list], title: str) -> str:
    """Calls as boxes over time, callers above what they call; requests as ticks at the bottom.

    Of the title the first sentence is the heading, the rest stands below the picture.
    """
    roots = _without_wrappers(calls.tree(events))
    begin, end = calls.span(roots)
    end = max(end, begin + 1)
    lanes = _lanes(roots)
    above, x1 = 18 if svg.is_narrow() else 0, svg.right()
    x0 = svg.PAD if above else svg.PAD + NAMES

    def at(ns: float) -> float:
        return x0 + (x1 - x0) * (ns - begin) / (end - begin)

    said_to, words_of_totals = svg.words(svg.PAD, 51, totals(roots), size=13)
    top = TOP + said_to - 51
    y, tops, bands = top, {}, []
    for layer, name in enumerate(calls.LAYERS):
        if lanes[layer]:
            height = lanes[layer] * LANE + 6 + above
            tops[layer] = y + 3 + above
            bands.append(svg.rect(svg.PAD, y, x1 - svg.PAD, height, "band", rx=4))
            bands.append(svg.text(svg.PAD + 8, y + (14 if above else height / 2 + 4.5), name,
                                  bold=True, on="band" if above else ""))
            y += height + GAP
    device = y + above
    grid = []
    for ns in linear_ticks(end - begin, 4 if above else 7):
        x = at(begin + ns)
        grid += [svg.line(x, top - 4, x, device + TICK, "grid"),
                 svg.text(x, device + TICK + 16, ns_tick(ns), "muted", 11.5,
                          "start" if ns == 0 else "end" if x > x1 - 20 else "middle")]
    body = [*svg.heading(title), *words_of_totals, *bands, *grid]
    body += [mark for call in calls.walk(roots)
             for mark in _box(call, at, tops[call.layer] + _sublane(call) * LANE)]
    body.append(svg.text(svg.PAD + 8, device + (-4 if above else TICK / 2 + 4.5), "device", bold=True,
                         on="paper" if above else ""))
    body += [svg.rect(at(c.start), device, 1.6, TICK, c.purpose,
                      tip=f"request at {svg.seconds_text((c.start - begin) / 1e9)}, "
                          f"for {calls.PURPOSES.get(c.purpose, 'several')}")
             for c in calls.walk(roots) if c.function == calls.REQUEST]
    key_y, key = legend(roots, device + TICK + 42)
    bottom, words = small_print(title, key_y)
    return svg.document("timeline", bottom, title, about(roots), [*body, *key, *words])


def small_print(title: str, y: float) -> tuple[float, list[str]]:
    """What the title says after its first sentence, below `y`; and where the picture ends."""
    said = svg.sentences(title)[1]
    if not said:
        return y + 16, []
    end, words = svg.words(svg.PAD + 8, y + 24, said)
    return end + 14, words


def _without_wrappers(roots: list[Call]) -> list[Call]:
    """Leave out calls inside a layer that take all of their caller's time: they add a lane only."""
    def keep(call: Call) -> bool:
        return (call.enters or call.function == calls.REQUEST
                or call.duration < WRAPPED * call.parent.duration)

    return calls.tree(calls.flat(roots, keep))


def _sublane(call: Call) -> int:
    """How many callers of the same layer stand above this call, without a layer between."""
    deep = 0
    while call.parent and call.parent.layer == call.layer:
        call, deep = call.parent, deep + 1
    return deep


def _lanes(roots: list[Call]) -> list[int]:
    """How many lanes each layer needs."""
    lanes = [0] * len(calls.LAYERS)
    for call in calls.walk(roots):
        lanes[call.layer] = max(lanes[call.layer], _sublane(call) + 1)
    return lanes


def _box(call: Call, at, y: float) -> list[str]:
    x, w = at(call.start), at(call.end) - at(call.start)
    marks = [svg.rect(x, y, max(w - 0.7, 0.5), LANE - 1.5, call.purpose, rx=min(2, w / 4),
                      tip=f"{call.function} ({call.file}): {svg.seconds_text(call.duration / 1e9)}")]
    if svg.text_width(call.function, 10.5, mono=True) + 6 <= w:
        marks.append(svg.text(x + 3, y + 11.5, call.function, "paper", 10.5, mono=True))
    return marks


def totals(roots: list[Call]) -> str:
    """How long, how many requests, and how many of them were for what was asked."""
    begin, end = calls.span(roots)
    made = calls.requests_by_purpose(roots)
    n, data = sum(made.values()), made.get("data", 0)
    took = svg.seconds_text((end - begin) / 1e9)
    if not n:
        return f"{took}, no device request: the bytes were in memory"
    which = "" if n == data == 1 else "all " if n == data else f"{data:,} of them "
    return f"{took}, {n:,} device request{'s' * (n != 1)}, {which}for the file's bytes"


def about(roots: list[Call]) -> str:
    """What a trace shows, in words."""
    layers = "; ".join(f"{name}: {n:,} calls, {svg.seconds_text(ns / 1e9)}"
                       for name, n, ns in calls.by_layer(roots) if n)
    return f"{totals(roots)}. {layers}."


def legend(roots: list[Call], y: float, hollow: str = "") -> tuple[float, list[str]]:
    """What the colours mean, with the number of requests made for each purpose; where it ends."""
    made = calls.requests_by_purpose(roots)
    used = {c.purpose for c in calls.walk(roots)}
    items = [svg.key(purpose, f"{said}: {made[purpose]:,}" if purpose in made else said, "ink")
             for purpose, said in calls.PURPOSES.items() if purpose in used]
    if hollow:
        items.append((14 + svg.text_width(hollow, 12), lambda x, y: [
            svg.dot(x + 4, y - 4, 3, "muted", hollow=True),
            svg.text(x + 14, y, hollow, "muted", 12)]))
    return svg.in_rows(svg.PAD + 8, y, items)


def linear_ticks(total: int, most: int = 7) -> list[float]:
    """Round numbers of nanoseconds, and one more than `most` at most."""
    decade = 10 ** (len(str(int(total))) - 1)
    step = next(d for d in (decade / 5, decade / 2, decade, 2 * decade, 5 * decade, 10 * decade)
                if total / d <= most)
    return [i * step for i in range(int(total / step) + 1)]


def ns_tick(ns: float) -> str:
    """"0", "50 µs", "2.5 ms"."""
    for scale, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if ns >= scale:
            return f"{ns / scale:g} {unit}"
    return f"{ns:g} ns" if ns else "0"
