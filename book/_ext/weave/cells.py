"""Tables of an experiment, a cell for each case: {advice} PART, {modes} PART."""
from __future__ import annotations

from html import escape

from docutils import nodes
from measure.steps import Step

from .numbers import duration, times
from .steps import html
from .tables import table
from .whole_part import OfPart


def small(text: str) -> str:
    """A line below what a cell says first."""
    return f'<span class="interval">{escape(text)}</span>'


class Advice(OfPart):
    """What each word to the kernel is worth: a row a word, a column a size, cold and warm."""

    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        found = self.measured(part, "advice")
        columns = [(kind, size) for kind in ("cold", "warm", "jumps") for size in found[kind]]
        rows = [[escape(says).replace("_", "_<wbr/>"),
                 *(word_cell(found[kind][size][word]) for kind, size in columns)]
                for word, says in found["words"].items()]
        heads = [escape(size) + small("cold, jumps" if kind == "jumps" else kind)
                 for kind, size in columns]
        return html(table("cells", ["it says", *heads], rows))


def word_cell(found: dict) -> str:
    """How many times as fast as without a word; without one, the time."""
    if "ratio" not in found:
        return duration(found["seconds"])
    ratio, kind = found["ratio"], found["verdict"].replace(" ", "-")
    return (f'<b class="said-{kind}">{times(ratio["median"])}</b>'
            + small("–".join(times(ratio[end]).rstrip("×") for end in ("low", "high"))))


class Modes(OfPart):
    """The best way by name in each cell, and how many times as long the two rules take."""

    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        found = self.measured(part, "modes")
        rows = [[escape(found["accesses"][access]) + small(cache),
                 *(mode_cell(sizes[size]) for size in found["sizes"])]
                for access, caches in found["cells"].items() for cache, sizes in caches.items()]
        return html(table("cells", ["", *map(escape, found["sizes"])], rows))


def mode_cell(found: dict) -> str:
    return f'<b>{escape(found["best"])}</b>' + "".join(
        small(f'{rule} {times(found[rule]["median"])}') for rule in ("document", "adaptive"))
