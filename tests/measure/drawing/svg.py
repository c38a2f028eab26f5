"""SVG by hand: the few marks that the figures are made of, and their colours.

One style serves every place a figure appears in. Alone (a README, a browser tab) it
follows prefers-color-scheme; inline in a Furo page it follows the page's theme switch;
a reader that knows no CSS variables (some e-book readers) gets the light colours.

A picture is as wide as a page's column; within drawn_at(NARROW) as a telephone. The figures ask
width() and arrange themselves, so that text has its true size in both.
"""
from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDE, NARROW = 760, 390
PAD = 16
LINE = 1.35  # from one line of text to the next, by its size

_width: ContextVar[int] = ContextVar("width", default=WIDE)

# name: (light, dark). Text colours have a contrast of at least 4.5 to the background.
COLOURS = {
    "paper": ("#ffffff", "#131416"),
    "ink": ("#1b2330", "#e7eaef"),
    "muted": ("#5d6878", "#9ba6b5"),
    "grid": ("#e3e7ed", "#2a303a"),
    "band": ("#f5f7fa", "#1b1e23"),
    "bar": ("#3566c9", "#6f9df5"),
    "barfloor": ("#b9cbee", "#32476f"),
    "floor": ("#c2410c", "#fb923c"),
    "good": ("#157a3a", "#4fd183"),
    "bad": ("#b42318", "#ff8a80"),
    "path": ("#9a5b00", "#f0b545"),
    "inode": ("#8a3fc0", "#c99bff"),
    "map": ("#c9304f", "#ff8195"),
    "data": ("#0b7a94", "#45c4e0"),
    "other": ("#667184", "#8792a3"),
}
FILLS = ("paper", "ink", "muted", "band", "bar", "barfloor", "floor", "good", "bad",
         "path", "inode", "map", "data", "other")
STROKES = ("ink", "muted", "grid", "bar", "floor", "path", "inode", "map", "data", "other")
SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Ubuntu,sans-serif'
MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace'


def width() -> int:
    """Of the pictures that are drawn."""
    return _width.get()


def is_narrow() -> bool:
    return width() < WIDE


def right() -> float:
    """Where what stands at the right ends."""
    return width() - PAD


@contextmanager
def drawn_at(width: int) -> Iterator[None]:
    """The pictures that are drawn within are that wide."""
    before = _width.set(width)
    try:
        yield
    finally:
        _width.reset(before)


def _style() -> str:
    def variables(i: int) -> str:
        return "".join(f"--fp-{name}:{pair[i]};" for name, pair in COLOURS.items())

    light, dark = variables(0), variables(1)
    rules = [
        f".fp{{{light}max-width:100%;height:auto}}",
        f"@media screen and (prefers-color-scheme:dark){{.fp{{{dark}}}}}",
        f'body[data-theme="light"] .fp{{{light}}}',
        f'@media screen{{body[data-theme="dark"] .fp{{{dark}}}}}',
        f".fp text{{font-family:{SANS};font-variant-numeric:tabular-nums}}",
        f".fp text.mono{{font-family:{MONO}}}",
    ]
    for name in FILLS:
        rules.append(f".fp .f-{name}{{fill:{COLOURS[name][0]};fill:var(--fp-{name})}}")
    for name in STROKES:
        rules.append(f".fp .s-{name}{{fill:none;stroke:{COLOURS[name][0]};"
                     f"stroke:var(--fp-{name})}}")
    rules.append(f".fp .hollow{{fill:{COLOURS['paper'][0]};fill:var(--fp-paper)}}")
    for name in ("paper", "band"):
        rules.append(f".fp .on-{name}{{paint-order:stroke;stroke:{COLOURS[name][0]};"
                     f"stroke:var(--fp-{name});stroke-width:4px;stroke-linejoin:round}}")
    return "\n".join(rules)


def document(kind: str, height: float, title: str, about: str, body: list[str]) -> str:
    """A whole picture. `about` is what a reader who cannot see it is told.

    Its heading's last line stands where its only one would; those before it above.
    """
    ident = f"fp-{kind}-" + hashlib.sha256("".join([title, about, *body]).encode()).hexdigest()[:10]
    above = HEADING * LINE * (len(_heading_lines(title)) - 1)
    top, height, wide = num(-above), num(height + above), num(width())
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fp fp-{kind}" role="img" '
        f'viewBox="0 {top} {wide} {height}" width="{wide}" height="{height}" '
        f'aria-labelledby="{ident}-title {ident}-desc">',
        f'<title id="{ident}-title">{escape(title)}</title>',
        f'<desc id="{ident}-desc">{escape(about)}</desc>',
        f"<style>\n{_style()}\n</style>",
        f'<rect y="{top}" width="{wide}" height="{height}" rx="8" class="f-paper"/>',
        *body,
        "</svg>", ""])


# --- marks ---------------------------------------------------------------------------------

def num(x: float) -> str:
    """A coordinate, to a hundredth of a pixel."""
    return f"{x:.2f}".rstrip("0").rstrip(".")


def text(x: float, y: float, s: str, colour: str = "ink", size: float = 13,
         anchor: str = "start", bold: bool = False, mono: bool = False,
         on: str = "") -> str:
    """`on` names the background that is to show around the letters where lines run behind."""
    classes = f"f-{colour}" + (" mono" if mono else "") + (f" on-{on}" if on else "")
    return (f'<text x="{num(x)}" y="{num(y)}" class="{classes}" font-size="{num(size)}"'
            + (f' text-anchor="{anchor}"' if anchor != "start" else "")
            + (' font-weight="600"' if bold else "") + f">{escape(s)}</text>")


HEADING = 17


def heading(s: str) -> list[str]:
    """The title: the first sentence of `s`."""
    lines = _heading_lines(s)
    return [text(PAD, 30 - HEADING * LINE * (len(lines) - 1 - i), said, size=HEADING, bold=True)
            for i, said in enumerate(lines)]


def _heading_lines(s: str) -> list[str]:
    return lines(sentences(s)[0], width() - 2 * PAD, HEADING, bold=True)


def sentences(s: str) -> tuple[str, str]:
    """The first sentence without its stop, and the rest."""
    first, _, rest = s.partition(". ")
    return (first, rest) if rest else (s.removesuffix("."), "")


def rect(x: float, y: float, w: float, h: float, colour: str, rx: float = 0,
         tip: str = "") -> str:
    return (f'<rect x="{num(x)}" y="{num(y)}" width="{num(max(w, 0))}" height="{num(h)}"'
            + (f' rx="{num(rx)}"' if rx else "")
            + f' class="f-{colour}"' + (f"><title>{escape(tip)}</title></rect>" if tip else "/>"))


def path(d: str, colour: str, width: float = 1, dash: str = "", opacity: float = 1) -> str:
    return (f'<path d={quoteattr(d)} class="s-{colour}" stroke-width="{num(width)}"'
            + (f' stroke-dasharray="{dash}"' if dash else "")
            + (f' stroke-opacity="{num(opacity)}"' if opacity != 1 else "") + "/>")


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1,
         dash: str = "") -> str:
    return path(f"M{num(x1)} {num(y1)}L{num(x2)} {num(y2)}", colour, width, dash)


def dot(x: float, y: float, r: float, colour: str, hollow: bool = False, tip: str = "") -> str:
    classes = f"s-{colour} hollow" if hollow else f"f-{colour}"
    return (f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" class="{classes}"'
            + (' stroke-width="2"' if hollow else "")
            + (f"><title>{escape(tip)}</title></circle>" if tip else "/>"))


# --- text: how wide, how written ----------------------------------------------------------

_NARROW, _WIDE = set("iljI.,:;'|!"), set("mwMW%@→←≈…—")


def text_width(s: str, size: float = 13, bold: bool = False, mono: bool = False) -> float:
    """Upper estimate, after DejaVu Sans: no usual system font is wider."""
    if mono:
        return 0.61 * size * len(s)
    ems = sum(0.35 if c in _NARROW else 1.02 if c in _WIDE else 0.45 if c in "ftr()[] /-" else
              0.8 if c.isupper() or c in "×÷+=<>" else 0.645 for c in s)
    return ems * size * (1.1 if bold else 1)


def fit(s: str, width: float, size: float = 13, bold: bool = False, mono: bool = False) -> str:
    """`s`, cut with an ellipsis where it is wider than `width`; "" where not even that fits."""
    if text_width(s, size, bold, mono) <= width:
        return s
    while s and text_width(s + "…", size, bold, mono) > width:
        s = s[:-1]
    return s.rstrip() + "…" if s else ""


def lines(s: str, width: float, size: float = 13, bold: bool = False) -> list[str]:
    """`s` in lines, none wider than `width` unless it is one word."""
    out = [""]
    for word in s.split():
        longer = f"{out[-1]} {word}".lstrip()
        if out[-1] and text_width(longer, size, bold) > width:
            out.append(word)
        else:
            out[-1] = longer
    return out


def words(x: float, y: float, s: str, colour: str = "muted", size: float = 11.5,
          bold: bool = False) -> tuple[float, list[str]]:
    """A text in as many lines as it needs, the first at `y`: where the last one stands, and all."""
    said = lines(s, right() - x, size, bold)
    at = [y + i * size * LINE for i in range(len(said))]
    return at[-1], [text(x, line_y, line, colour, size, bold=bold)
                    for line_y, line in zip(at, said)]


def key(colour: str, said: str, ink: str = "muted", size: float = 12
        ) -> tuple[float, Callable[[float, float], list[str]]]:
    """An item of a legend, as in_rows() takes it: a square of a colour, and what that means."""
    room = 16 if colour else 0

    def draw(x: float, y: float) -> list[str]:
        square = [rect(x, y - 9, 10, 10, colour, rx=2)] if colour else []
        return [*square, text(x + room, y, said, ink, size)]

    return room + text_width(said, size), draw


def in_rows(x: float, y: float, items: list[tuple[float, Callable[[float, float], list[str]]]],
            gap: float = 18) -> tuple[float, list[str]]:
    """Items of a legend side by side, each by its width and what draws it: where the last row
    stands, and all marks.
    """
    out, left = [], x
    for wide, draw in items:
        if left > x and left + wide > right():
            left, y = x, y + gap
        out += draw(left, y)
        left += wide + gap
    return y, out


def three(x: float) -> str:
    """Three significant digits, never an exponent: 0.982, 4.12, 41.2, 1,234."""
    if x <= 0 or not math.isfinite(x):
        return "0" if x <= 0 else "∞"
    digits = max(0, 2 - math.floor(math.log10(x)))
    if digits and round(x, digits) >= 10 ** (3 - digits):  # 9.996 is 10.0, not 10.00
        digits -= 1
    return f"{x:,.{digits}f}"


def seconds_text(s: float) -> str:
    """A duration in the unit that it is read in: "2.13 s", "512 ms", "4.30 ms", "61.0 µs"."""
    for scale, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if s * scale >= 0.9995:
            return f"{three(s * scale)} {unit}"
    return f"{three(s * 1e9)} ns" if s > 0 else "0 s"


def bytes_text(n: int) -> str:
    """ "107 MB", "1 GB", "990 kB" """
    for scale, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if n >= 0.9995 * scale:
            return f"{three(n / scale)} {unit}".replace(".00 ", " ")
    return f"{n} B"


def seconds_tick(seconds: float) -> str:
    """"10 ms": an axis label, without the digits that a decade does not need."""
    return seconds_text(seconds).replace(".00", "").replace(".0 ", " ")


def count_tick(value: float) -> str:
    """"1", "10", "1 k", "10 M"."""
    for scale, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= scale:
            return f"{value / scale:.0f}{unit}"
    return f"{value:.0f}"


# --- the logarithmic axis ----------------------------------------------------------------

@dataclass(frozen=True)
class LogAxis:
    """Maps positive values to [x0, x1]; zero and anything below `low` stand at x0."""
    x0: float
    x1: float
    low: float
    high: float

    def at(self, value: float) -> float:
        if value <= self.low:
            return self.x0
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.x0 + (self.x1 - self.x0) * min(share, 1)

    def ticks(self, room: float) -> list[float]:
        """Decades; every second, third, … of them where they would stand closer than `room`."""
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        decade = (self.x1 - self.x0) / math.log10(self.high / self.low)
        every = max(1, math.ceil(room / decade))
        return [10.0 ** e for e in range(first, last + 1) if (e - first) % every == 0]


def log_axis(values: list[float], x0: float, x1: float) -> LogAxis:
    """An axis from the decade below the smallest positive value to the largest."""
    positive = [v for v in values if v > 0 and math.isfinite(v)] or [1.0]
    low = 10.0 ** math.floor(math.log10(min(positive) / 1.6))
    return LogAxis(x0, x1, low, max(max(positive), low * 10))
