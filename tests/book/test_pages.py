"""Every page, as a browser shows it: nothing is cut, and every text stands out."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import browser
import mini_book
import pytest
from browser import Browser
from measure.drawing import svg
from measure.steps import ROOT

WIDTHS = (390, 820, 1400)
LOOK = Path(__file__).with_name("look.js").read_text()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory) -> Iterator[Browser]:
    with browser.opened(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def faults(chromium: Browser, width: int, dark: bool) -> list[str]:
    """What is wrong with the open page. The window is as high as the page, so that all of it is shown."""
    chromium.look(width, dark=dark)
    chromium.look(width, chromium.run("document.documentElement.scrollHeight"), dark)
    return chromium.run(LOOK)


@pytest.mark.timeout(300)
def test_every_page_fits_three_screens_and_can_be_read_in_light_and_dark(chromium, tmp_path):
    done = mini_book.sphinx(ROOT / "book", tmp_path)
    assert done.returncode == 0, f"`make book` says:\n{done.stderr}"
    pages = sorted((tmp_path / "html").rglob("*.html"))
    assert len(pages) > 30
    found = []
    for page in pages:
        chromium.open(page)
        found += [f"{page.relative_to(tmp_path / 'html')} at {width}, {'dark' if dark else 'light'}: {fault}"
                  for width in WIDTHS for dark in (False, True)
                  for fault in faults(chromium, width, dark)]
    assert not found, "\n".join([f"{len(found)} faults; look at them with `make serve`:", *found[:40]])


# --- what is looked for is found ---------------------------------------------------------------

PAGE = """<!doctype html><style>body {{ margin: 0; background: #fff; color: #222; font: 16px sans-serif }}
svg text {{ font-size: 13px }} pre {{ overflow: auto }}
@media (prefers-color-scheme: dark) {{ .themed {{ color: #ddd }} }}</style><body><p>Fine.</p>{}</body>"""
SVG = '<svg class="fp" width="300" height="60" viewBox="0 0 300 60"><rect width="300" height="60" ' \
      'fill="#fff"></rect>{}</svg>'
MISTAKES = {
    "a page that is too wide": ("<div style='width: 450px'>wide</div>", "the page is 450 pixels wide"),
    "a box that cuts": ("<div class=box style='width: 90px; overflow: hidden; white-space: nowrap'>"
                        "twenty or thirty letters</div>", "div.box cuts"),
    "a table that must be pushed": ("<div class=wrapper style='overflow-x: auto'><table><td>"
                                    f"{'a' * 99}</table></div>", "div.wrapper cuts"),
    "a word that leaves its cell": ("<table style='table-layout: fixed; width: 90px'><tr><td class=cell>"
                                    "incomprehensible<td>x</table>", "td.cell is left by “incompr"),
    "pale text": ("<p class=pale style='color: #999'>grey</p>", "p.pale has a contrast of 2.85: “grey”"),
    "pale text through a tint": ("<div style='background: rgba(0,0,0,0.5)'><p class=on>on grey</p></div>",
                                 "p.on has a contrast of 4.00: “on grey”"),
    "text that leaves its picture": (SVG.format("<text x=250 y=20>it goes on and on</text>"),
                                     "svg.fp text is left by “it goes on"),
    "text on other text": (SVG.format("<text x=9 y=20>one text</text><text x=20 y=22>another</text>"),
                           "svg.fp text has “one text” on “another”"),
    "text that was shortened": (SVG.format("<text x=9 y=20>how soon the firs…</text>"),
                                "svg.fp text has no room for “how soon the firs…”"),
    "text that is too small": ("<div style='zoom: 0.5'>" + SVG.format("<text x=9 y=20>small</text>")
                               + "</div>", "shrinks “small” below 9 pixels"),
    "pale text on a bar": (SVG.format('<rect width="80" height="60" fill="#36c"/><text x=9 y=20 '
                                      'fill="#222">bar</text>'), "svg.fp text has a contrast of 2"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_browser_sees(mistake, chromium, tmp_path):
    body, said = MISTAKES[mistake]
    (tmp_path / "page.html").write_text(PAGE.format(body))
    chromium.open(tmp_path / "page.html")
    found = faults(chromium, 390, dark=False)
    assert any(said in fault for fault in found), found


def test_a_page_without_mistakes_has_none(chromium, tmp_path):
    fine = SVG.format('<rect width="80" height="60" fill="#36c"/><text x=9 y=20 fill="#fff">bar</text>')
    (tmp_path / "page.html").write_text(PAGE.format(fine + "<pre>" + "long " * 40 + "</pre>"))
    chromium.open(tmp_path / "page.html")
    assert faults(chromium, 390, dark=False) == []


def test_a_text_that_is_pale_in_the_dark_alone_is_seen_there(chromium, tmp_path):
    (tmp_path / "page.html").write_text(PAGE.format("<p class=themed>Themed.</p>"))
    chromium.open(tmp_path / "page.html")
    assert faults(chromium, 390, dark=False) == []
    assert ["p.themed has a contrast of 1.36: “Themed.”"] == faults(chromium, 390, dark=True)


@pytest.mark.parametrize("page", ["html/kernel/101-fast.html", "epub/kernel/101-fast.xhtml"])
@pytest.mark.parametrize("width", WIDTHS)
def test_each_figure_is_shown_once_drawn_for_that_width(page, width, chromium, built):
    chromium.look(width)
    chromium.open(built.html.parent / page)
    shown = chromium.run("[...document.querySelectorAll('svg.fp')].filter(e => e.checkVisibility())"
                         ".map(e => e.viewBox.baseVal.width)")
    assert shown == [svg.NARROW if width < 700 else svg.WIDE] * 3


# --- dark follows the system ---------------------------------------------------------------------


@pytest.mark.parametrize("chosen, system_dark, dark", [
    ("auto", False, False), ("auto", True, True), ("light", True, False), ("dark", False, True)])
def test_a_page_and_its_figures_are_dark_when_the_system_is_and_nobody_chose(
        chosen, system_dark, dark, chromium, built):
    chromium.look(1400, dark=system_dark)
    chromium.open(built.html / "index.html")
    chromium.run(f"document.body.dataset.theme = '{chosen}'")
    for what in ("getComputedStyle(document.body).backgroundColor",
                 "getComputedStyle(document.querySelector('svg.fp rect')).fill"):
        colour = chromium.run(what)
        assert (int(re.search(r"\d+", colour)[0]) < 128) == dark, f"{what}: {colour}"
