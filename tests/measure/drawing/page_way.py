"""One page's way down through the layers, as roots: what one read becomes at the device."""
from __future__ import annotations

import math
from dataclasses import dataclass, field

from measure.drawing import calls, svg
from measure.drawing.calls import Call
from measure.drawing.timeline import about, legend, small_print

BAND, GAP = 60, 12
LEFT, BESIDE = 118, 128  # the roots grow between these
PAGE_Y, PAGE_W, PAGE_H = 54, 144, 30
TOP = PAGE_Y + PAGE_H + 34  # of the first band
MIDDLE = [TOP + i * (BAND + GAP) + BAND / 2 for i in range(len(calls.LAYERS))]
DEVICE = TOP + len(calls.LAYERS) * (BAND + GAP) + 10


def _right() -> float:
    return svg.width() - BESIDE


@dataclass
class Node:
    """A call that enters a layer, or a device request, with those that it led to."""
    call: Call
    children: list[Node] = field(default_factory=list)
    x: float = 0

    @property
    def leaves(self) -> int:
        return sum(c.leaves for c in self.children) if self.children else 1

    @property
    def is_request(self) -> bool:
        return self.call.function == calls.REQUEST

    @property
    def y(self) -> float:
        return DEVICE if self.is_request else MIDDLE[self.call.layer]


def page_way_svg(events: list[list], title: str, asked: str = "one page, 4 KiB") -> str:
    """The page at the top, six layers, the device's requests at the bottom.

    Of the title the first sentence is the heading, the rest stands below the picture.
    """
    roots = calls.tree(events)
    nodes = _grow(roots)
    slots = sum(n.leaves for n in nodes)
    _place(nodes, 0, (_right() - LEFT) / max(slots, 1))
    made = calls.requests_by_purpose(roots)

    body = [*svg.heading(title), *_bands(calls.by_layer(roots))]
    page_x = nodes[0].x if nodes else (LEFT + _right()) / 2
    body += [_root(page_x, PAGE_Y + PAGE_H, node) for node in nodes]
    body += [_root(parent.x, parent.y, child) for parent in _walk(nodes)
             for child in parent.children]
    body += _page(page_x, made.get("data", 0), asked)
    body += [_mark(node, min(8.0, 0.72 * (_right() - LEFT) / slots)) for node in _walk(nodes)]
    body += _names(nodes)
    n = sum(made.values())
    memory = any(not node.children and not node.is_request for node in _walk(nodes))
    body += [svg.text(svg.PAD + 8, DEVICE + 5, "device", bold=True),
             svg.text(svg.right() - 8, DEVICE + 5, f"{n:,} request{'s' * (n != 1)}",
                      "ink", 13, "end", bold=True)]
    key_y, key = legend(roots, DEVICE + 42, "answered from memory" if memory else "")
    moral_y, moral = svg.words(svg.PAD + 8, key_y + 28, _moral(made), "ink", 14, bold=True)
    bottom, words = small_print(title, moral_y)
    return svg.document("page-way", bottom, title, about(roots), [*body, *key, *moral, *words])


# --- the tree -------------------------------------------------------------------------------

def _grow(among: list[Call]) -> list[Node]:
    """Leave out calls inside one layer, and those that ask for nothing."""
    out = []
    for call in among:
        below = _grow(call.children)
        if call.function == calls.REQUEST:
            out.append(Node(call))
        elif not call.enters or call.function in calls.GIVES_BACK:
            out += below
        elif below or call.layer < calls.LAYERS.index("virtio"):
            out.append(Node(call, below))
    return out


def _place(nodes: list[Node], slot: int, pitch: float) -> int:
    """Leaves side by side in order of time, callers over the middle of what they led to."""
    for node in nodes:
        first = slot
        slot = _place(node.children, slot, pitch) if node.children else slot + 1
        node.x = LEFT + (first + slot) / 2 * pitch
    return slot


def _walk(nodes: list[Node]):
    for node in nodes:
        yield node
        yield from _walk(node.children)


# --- the drawing -----------------------------------------------------------------------------

def _bands(rows: list[tuple[str, int, int]]) -> list[str]:
    """Each layer's band with its name, how often it was called and the time spent in it."""
    longest = max([ns for _, _, ns in rows] + [1])
    right = svg.right() - 8
    out = [svg.text(right, TOP - 10, "calls, own time", "muted", 12, "end")]
    for (name, n, ns), middle in zip(rows, MIDDLE):
        out.append(svg.rect(svg.PAD, middle - BAND / 2, svg.right() - svg.PAD, BAND, "band", rx=6))
        out.append(svg.text(svg.PAD + 8, middle + 5, name, bold=True))
        if n:
            out += [svg.text(right, middle - 5, f"{n:,} call{'s' * (n != 1)}", "ink", 13, "end"),
                    svg.text(right, middle + 12, svg.seconds_text(ns / 1e9), "muted", 12, "end"),
                    svg.rect(right - 88 * ns / longest, middle + 19, 88 * ns / longest, 4, "muted",
                             rx=2)]
    return out


def _root(x: float, y: float, node: Node) -> str:
    """From a caller down to `node`; thicker where more hangs on it."""
    bend = (y + node.y) / 2
    d = (f"M{svg.num(x)} {svg.num(y)}C{svg.num(x)} {svg.num(bend)} "
         f"{svg.num(node.x)} {svg.num(bend)} {svg.num(node.x)} {svg.num(node.y)}")
    return svg.path(d, node.call.purpose, min(8.0, 0.7 + 0.9 * math.sqrt(node.leaves)),
                    opacity=0.75)


def _mark(node: Node, sector: float) -> str:
    call = node.call
    if node.is_request:
        return svg.rect(node.x - sector / 2, DEVICE - sector / 2, sector, sector, call.purpose,
                        rx=sector / 6, tip=f"request for {calls.PURPOSES.get(call.purpose)}")
    tip = f"{call.function} ({call.file}): {svg.seconds_text(call.duration / 1e9)}"
    r = min(5.5, 1.6 + 0.55 * math.sqrt(node.leaves))
    return svg.dot(node.x, node.y, r, call.purpose, hollow=not node.children, tip=tip)


def _page(x: float, ndata: int, asked: str) -> list[str]:
    """What was asked for, cut into the requests that bring it."""
    cells = ndata if 0 < ndata <= 16 else 1
    w = PAGE_W / cells
    out = [svg.rect(x - PAGE_W / 2 + i * w + 0.75, PAGE_Y, w - 1.5, PAGE_H, "data", rx=2)
           for i in range(cells)]
    right = svg.text(x + PAGE_W / 2 + 10, PAGE_Y + 20, asked)
    if x + PAGE_W / 2 + 10 + svg.text_width(asked) <= svg.right():
        return [*out, right]
    return [*out, svg.text(x, PAGE_Y + PAGE_H + 15, asked, "ink", 13, "middle", on="paper")]


def _names(nodes: list[Node]) -> list[str]:
    """The functions' names, each once a layer, beside a mark where there is room."""
    out = []
    for layer, y in zip(calls.LAYERS, MIDDLE):
        row = [n for n in _walk(nodes) if n.y == y]
        left = svg.PAD + 16 + svg.text_width(layer, bold=True)
        taken = [(left - 99, left), *((n.x - 6, n.x + 6) for n in row),
                 (_right() + 16, _right() + 99)]
        named = set()
        for node in row:
            name, w = node.call.function, svg.text_width(node.call.function, 11, mono=True)
            sides = [(node.x + 10, "start"), (node.x - 10 - w, "end")]
            if node is row[0] and len(row) > 1:
                sides.reverse()  # outside, where no lines run
            for a, anchor in sides:
                if name not in named and all(a + w < t0 or t1 < a for t0, t1 in taken):
                    named.add(name)
                    taken.append((a - 6, a + w + 6))
                    out.append(svg.text(a if anchor == "start" else a + w, y - 8, name, "ink", 11,
                                        anchor, mono=True, on="band"))
    return out


def _moral(made: dict[str, int]) -> str:
    n, data = sum(made.values()), made.get("data", 0)
    if not n:
        return "No request: everything was in memory."
    if n == data:
        return f"{'Every request brings' if n > 1 else 'The request brings'} bytes of the file."
    return (f"{data:,} of {n:,} requests bring bytes of the file; "
            f"the other {n - data:,} ask where they are.")
