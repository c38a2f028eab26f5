"""Claims about every picture: it is XML, says what it was given, and no text lies on another."""
from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from measure.drawing import figures, svg
from kernel.measured import made_up

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Box:
    text: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (self.left < other.right and other.left < self.right
                and self.top < other.bottom and other.top < self.bottom)


def parse(picture: str) -> ET.Element:
    return ET.fromstring(picture)


def font(family: str, bold: bool) -> FT2Font:
    """DejaVu, the widest of the fonts that the figures may meet."""
    found = FT2Font(font_manager.findfont(font_manager.FontProperties(
        family=family, weight="bold" if bold else "normal")))
    found.set_size(100, 72)
    return found


FONTS = {(mono, bold): font("DejaVu Sans Mono" if mono else "DejaVu Sans", bold)
         for mono in (False, True) for bold in (False, True)}


def width(text: str, size: float, mono: bool, bold: bool) -> float:
    face = FONTS[mono, bold]
    face.set_text(text, 0.0)
    return face.get_width_height()[0] / 64 * size / 100


def boxes(root: ET.Element) -> list[Box]:
    """Where each text stands, measured with a real font."""
    found = []
    for t in root.iter(f"{SVG}text"):
        x, y, size = (float(t.get(k)) for k in ("x", "y", "font-size"))
        w = width(t.text, size, "mono" in t.get("class"), t.get("font-weight") == "600")
        left = x - {"start": 0, "middle": w / 2, "end": w}[t.get("text-anchor", "start")]
        found.append(Box(t.text, left, y - 0.75 * size, left + w, y + 0.2 * size))
    return found


def texts(root: ET.Element) -> list[str]:
    return [t.text for t in root.iter(f"{SVG}text")]


def marks(root: ET.Element, tag: str, *classes: str) -> list[ET.Element]:
    return [e for e in root.iter(SVG + tag) if set(classes) <= set(e.get("class", "").split())]


def check_layout(picture: str) -> ET.Element:
    root = parse(picture)
    left, top, wide, high = (float(n) for n in root.get("viewBox").split())
    placed = boxes(root)
    for a, b in itertools.combinations(placed, 2):
        assert not a.meets(b), f"“{a.text}” lies on “{b.text}”"
    for box in placed:
        assert (left <= box.left and box.right <= left + wide and top <= box.top
                and box.bottom <= top + high), (
            f"“{box.text}” leaves the picture")
    return root


def ladder(n: int, fastest: float = 0.0065, floor: float | None = 0.0043,
           title: str = "Several requests in flight at a time") -> list[dict]:
    """`n` rows between 2.13 s and `fastest`, the floor among them unless it is None."""
    verdicts = itertools.cycle(["faster", "no difference", "slower", "inconclusive"])
    nsteps = n - (floor is not None)
    rows = []
    for i in range(nsteps):
        seconds = 2.13 * (fastest / 2.13) ** (i / max(nsteps - 1, 1))
        rows.append({"step": f"{100 + i}-some-name", "title": title, "seconds": seconds,
                     "requests": 445_394 >> i, "ratio": None, "verdict": None})
        if i:
            rows[-1] |= {"ratio": {"median": 1.87, "low": 1.79, "high": 1.95},
                         "verdict": next(verdicts)}
    if floor is not None:
        rows.insert(1, {"step": "floor", "title": "the same bytes", "seconds": floor,
                        "requests": 2})
    return rows


BEFORE = {"elf.read_at": 6145, "vfs.lookups": 6146, "ext2.inode_reads": 18447, "cache.hits": 0,
          "virtio.requests": 890_788, "virtio.bytes": 456_083_456, "heap.allocs": 445_394,
          "trace.dropped": 1}
AFTER = BEFORE | {"cache.hits": 400_123, "cache.misses": 24_999, "virtio.requests": 49_998,
                  "virtio.bytes": 25_598_976, "heap.allocs": 512}


def at_both_widths(draw: dict[str, Callable[[], str]]) -> dict[str, str]:
    """Each picture for a page's column, and for a telephone."""
    wide = {name: drawn() for name, drawn in draw.items()}
    with svg.drawn_at(svg.NARROW):
        return wide | {f"{name}, narrow": drawn() for name, drawn in draw.items()}


EVERY_PICTURE = at_both_widths({
    "ladder": lambda: figures.ladder_svg(ladder(4), "The ladder"),
    "layers": lambda: figures.layers_svg(BEFORE, AFTER, "The counters"),
    "layers, alone": lambda: figures.layers_svg(None, AFTER, "The counters of a step that is the first"),
    "timeline": lambda: figures.timeline_svg(made_up.page(), "One page. As it was recorded."),
    "page way": lambda: figures.page_way_svg(made_up.page(), "One page. As it was recorded."),
    "page way, cached": lambda: figures.page_way_svg(made_up.page(cached=True), "One page"),
})
every_picture = pytest.mark.parametrize("picture", EVERY_PICTURE.values(), ids=EVERY_PICTURE)


# --- every picture ---------------------------------------------------------------------------


@every_picture
def test_no_text_lies_on_another(picture):
    check_layout(picture)


@every_picture
def test_a_picture_can_be_read_out(picture):
    root = parse(picture)
    named = {e.get("id"): e.text for e in root if e.tag in (f"{SVG}title", f"{SVG}desc")}
    assert root.get("role") == "img"
    assert len(named) == 2 and all(named[i] for i in root.get("aria-labelledby").split())


@every_picture
def test_each_colour_has_a_fallback_for_readers_without_variables(picture):
    for prop, value in re.findall(r"(fill|stroke):(var\([^)]*\))", picture):
        before = picture[:picture.index(f"{prop}:{value}")].rsplit("{", 1)[1]
        assert re.search(rf"{prop}:#[0-9a-f]{{6}};", before), f"{prop}:{value} stands alone"


def test_ids_differ_between_pictures_on_one_page():
    ids = [i for p in EVERY_PICTURE.values() for i in re.findall(r' id="([^"]+)"', p)]
    assert len(ids) == len(set(ids)) == 2 * len(EVERY_PICTURE)


def test_the_same_numbers_give_the_same_picture():
    assert figures.ladder_svg(ladder(4), "The ladder") == EVERY_PICTURE["ladder"]


def luminance(colour: str) -> float:
    """Source: WCAG 2.1, relative luminance."""
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return sum(w * (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4)
               for w, c in zip((0.2126, 0.7152, 0.0722), channels))


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name, needed", [
    *((n, 4.5) for n in ("ink", "muted", "floor", "good", "bad", "path", "inode", "map", "data",
                         "other")),
    ("bar", 3.0)])
def test_colours_stand_out_in_both_themes(name, needed, theme):
    for background in ("paper", "band"):
        assert contrast(svg.COLOURS[name][theme], svg.COLOURS[background][theme]) >= needed


@pytest.mark.parametrize("draw", [
    lambda s: figures.ladder_svg([r | {"title": s} for r in ladder(3)], s),
    lambda s: figures.layers_svg(None, {f"x.{s}": 1}, s),
    lambda s: figures.timeline_svg([[0, s, "file.c", 0, 100_000]], s),
    lambda s: figures.page_way_svg([[0, s, "file.c", 0, 100]], s)],
    ids=["ladder", "layers", "timeline", "page way"])
def test_characters_that_mean_something_in_xml_stay_text(draw):
    hostile = "<&\"'>]]"
    assert hostile in "".join(texts(parse(draw(hostile))))


# --- the ladder --------------------------------------------------------------------------------


at_each_width = pytest.mark.parametrize("width", [svg.WIDE, svg.NARROW])


@at_each_width
@pytest.mark.parametrize("n", range(2, 13))
@pytest.mark.parametrize("fastest", [1e-7, 0.00431, 0.0065, 2.12], ids=str)
def test_a_ladder_of_any_height_is_legible(n, fastest, width):
    with svg.drawn_at(width):
        check_layout(figures.ladder_svg(ladder(n, fastest), "The ladder on elf-24m"))


@at_each_width
@pytest.mark.parametrize("rows", [
    ladder(3, floor=None), ladder(2), ladder(3, title="Long " * 40), ladder(3, floor=0.0),
    ladder(3, floor=3.0), [r | {"seconds": 1.0} for r in ladder(5)],
    [r | {"seconds": 0.0} for r in ladder(5)], [r | {"seconds": 36_000.0} for r in ladder(3)],
    [{k: v for k, v in r.items() if k != "requests"} for r in ladder(3)],
    [r | {"ratio": r.get("ratio") and {"median": 1.0, "low": 0.0, "high": 900.0}}
     for r in ladder(3)],
    [*ladder(3)[1:], ladder(3)[0] | {"branch": "how soon the first instruction"}],
    [r | {"branch": "how soon the first instruction, which is what one waits for"}
     for r in ladder(3)[1:]],
], ids=["no floor", "one step", "long titles", "floor of nothing", "floor above all", "equal times",
        "no time", "hours", "no counts", "no certainty", "a branch", "a long branch"])
def test_odd_ladders_are_legible_too(rows, width):
    with svg.drawn_at(width):
        check_layout(figures.ladder_svg(rows, "The ladder " * 20))
    assert figures.ladder_text(rows)


def test_a_ladder_says_every_number_that_it_was_given():
    said = " ".join(texts(parse(figures.ladder_svg(ladder(3), "The ladder"))))
    for number in ("2.13 s · 445,394 requests", "6.50 ms · 222,697 requests", "4.30 ms · 2 requests",
                   "1.87× (1.79–1.95)", "▲ faster", "101 is 1.51× the floor"):
        assert number in said


def test_a_slower_step_has_a_longer_bar_and_the_floor_line_ends_the_light_part():
    root = parse(figures.ladder_svg(ladder(5), "The ladder"))
    bars = [float(b.get("width")) for b in marks(root, "rect", "f-bar")]
    light = {float(b.get("width")) for b in marks(root, "rect", "f-barfloor")}
    line = next(p for p in marks(root, "path", "s-floor") if p.get("stroke-dasharray"))
    assert bars == sorted(bars, reverse=True) and len(set(bars)) == 4
    assert light == {float(line.get("d")[1:].split()[0]) - svg.PAD}


def test_the_whisker_encloses_the_end_of_its_bar():
    root = parse(figures.ladder_svg(ladder(3), "The ladder"))
    end = svg.PAD + float(marks(root, "rect", "f-bar")[1].get("width"))
    a, b = sorted(float(m.get("d")[1:].split()[0]) for m in marks(root, "path", "s-ink")[1:3])
    assert a < end < b


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("n", [2, 3, 12])
def test_the_text_ladder_fits_its_width(width, n):
    lines = figures.ladder_text(ladder(n), width).splitlines()
    assert len(lines) == 2 * n + 1
    assert max(map(len, lines)) <= width


def test_the_text_ladder_says_the_same_numbers():
    lines = figures.ladder_text(ladder(3), 80).splitlines()
    assert lines[1].endswith("█ 2.13 s · 445,394 requests")
    assert lines[2].startswith("101  Several") and lines[2].endswith("1.87× (1.79–1.95)  ▲ faster")
    assert lines[4] == "floor  the same bytes".ljust(58) + "101 is 1.51× the floor"
    bars = [sum(c in "▒█▏▎▍▌▋▊▉" for c in line) for line in lines[1:6:2]]
    assert bars == sorted(bars, reverse=True)


# --- how numbers are written ---------------------------------------------------------------------


@pytest.mark.parametrize("seconds, said", [
    (0, "0 s"), (4e-9, "4.00 ns"), (61e-6, "61.0 µs"), (0.0043, "4.30 ms"), (0.5123, "512 ms"),
    (0.9999, "1.00 s"), (2.134, "2.13 s"), (61.26, "61.3 s"), (3600, "3,600 s")])
def test_a_duration_has_three_digits_and_a_unit(seconds, said):
    assert svg.seconds_text(seconds) == said


@pytest.mark.parametrize("x, said", [(0.9704, "0.970"), (0.99996, "1.00"), (4.125, "4.12"),
                                     (9.996, "10.0"), (99.96, "100"), (1234.5, "1,234")])
def test_a_ratio_has_three_digits(x, said):
    assert svg.three(x) == said


@pytest.mark.parametrize("values", [[0], [1, 1, 1], [0, 5], [1e-9, 1e9], [float("inf"), 2], []])
def test_an_axis_exists_for_any_values(values):
    axis = svg.log_axis(values, 10, 110)
    places = [axis.at(v) for v in sorted(values)]
    assert places == sorted(places) and all(10 <= p <= 110 for p in places)
    assert axis.ticks(room=10)


# --- counters ----------------------------------------------------------------------------------


def test_counters_stand_exactly_before_and_after():
    said = texts(check_layout(EVERY_PICTURE["layers"]))
    for name in AFTER:
        row = said[said.index(name):][:3]
        assert row[1:] == [f"{n:,}" for n in (BEFORE.get(name), AFTER[name]) if n is not None] + (
            row[2:] if name not in BEFORE else [])


def test_layers_go_from_the_program_down_to_the_device():
    said = texts(parse(EVERY_PICTURE["layers"]))
    layers = ["ELF loader", "VFS", "ext2", "block cache", "virtio", "memory", "other"]
    assert [t for t in said if t in layers] == layers


def test_hollow_marks_are_before_and_solid_ones_after():
    root = parse(figures.layers_svg({"a.x": 1000}, {"a.x": 10}, "Fewer"))
    hollow, solid = (marks(root, "circle", c) for c in ("hollow", "f-bar"))
    assert len(hollow) == len(solid) == 2  # the legend's, and the counter's
    assert float(hollow[1].get("cx")) > float(solid[1].get("cx"))


def test_nothing_counted_stands_left_of_one():
    root = parse(figures.layers_svg({"a.x": 0, "a.y": 1}, {"a.x": 2, "a.y": 1}, "None"))
    none, one = (float(c.get("cx")) for c in marks(root, "circle", "hollow")[1:])
    assert none < one


def test_what_never_happened_is_no_row():
    root = parse(figures.layers_svg({"a.x": 0, "a.y": 1}, {"a.x": 0, "a.z": 0}, "Never"))
    assert "a.y" in texts(root)
    assert "a.x" not in texts(root) and "a.z" not in texts(root)


def test_counters_without_a_before_are_drawn_alone():
    root = check_layout(figures.layers_svg(None, AFTER, "Only now"))
    assert not marks(root, "circle", "hollow")
    assert "before" not in texts(root)


# --- one page --------------------------------------------------------------------------------


def test_the_timeline_has_a_tick_for_each_request_and_says_what_for():
    root = parse(EVERY_PICTURE["timeline"])
    ticks = [r for r in root.iter(f"{SVG}rect")
             if r.find(f"{SVG}title") is not None and r[0].text.startswith("request at")]
    assert len(ticks) == 30
    assert {"path lookup: 4", "the inode: 2", "the block map: 16", "the file's bytes: 8"} <= set(
        texts(root))


def test_calls_stand_inside_the_time_of_their_callers():
    root = parse(figures.timeline_svg([[0, "outer", "file.c", 50, 1000], [1, "first", "vfs.c", 60, 300],
                                       [1, "second", "ext2_read.c", 400, 500]], "Three calls"))
    drawn = {r[0].text.split()[0]: (float(r.get("x")), float(r.get("x")) + float(r.get("width")))
             for r in root.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None}
    assert drawn["outer"][0] < drawn["first"][0] < drawn["first"][1] < drawn["second"][0]
    assert drawn["second"][1] < drawn["outer"][1]


def test_the_page_way_ends_in_one_square_for_each_request():
    root = parse(EVERY_PICTURE["page way"])
    squares = [r for r in root.iter(f"{SVG}rect")
               if r.find(f"{SVG}title") is not None and r[0].text.startswith("request for")]
    assert len(squares) == 30
    assert len([s for s in squares if "f-data" in s.get("class")]) == 8
    assert "8 of 30 requests bring bytes of the file; the other 22 ask where they are." in texts(root)


def test_what_memory_answers_ends_in_a_hollow_mark():
    root = parse(EVERY_PICTURE["page way, cached"])
    hollow = [c for c in marks(root, "circle", "hollow") if c.find(f"{SVG}title") is not None]
    assert len(hollow) == 3 + 8  # two inodes and a directory, two indirect blocks for each of four
    assert {"Every request brings bytes of the file.", "answered from memory"} <= set(texts(root))


@pytest.mark.parametrize("draw", [figures.timeline_svg, figures.page_way_svg])
@pytest.mark.parametrize("events", [
    [], [[0, "load_page", "elf_load.c", 0, 0]], [[3, "x", "unknown.c", 5, 10]],
    made_up.page(nblocks=64), made_up.page(nblocks=1, nindirect=0, cached=True)],
    ids=["nothing", "a moment", "a stranger", "64 blocks", "one block"])
def test_odd_traces_are_drawn_too(draw, events):
    check_layout(draw(events, "A page that is not like the others"))
