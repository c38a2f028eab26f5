"""{ladder} PART, {counters}, {timeline}, {pageway}: figures from goldens, as SVG in the page."""
from __future__ import annotations

from collections.abc import Callable

from docutils import nodes
from docutils.parsers.rst import directives
from measure import steps as known
from measure.drawing import figures, svg
from measure.goldens import front, golden as known_golden
from measure.steps import ROOT, Step
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from .steps import (CHAPTER, Missing, Woven, before, depends_on_step, golden, html, is_measured,
                    of_page, workload)


def figure(draw: Callable[..., str], *about: object) -> nodes.raw:
    """The picture that `draw` makes of `about`, in the page: for a column, and for a telephone."""
    wide = draw(*about)
    with svg.drawn_at(svg.NARROW):
        return html(f'<div class="figure wide">{wide}</div><div class="figure narrow">{draw(*about)}</div>')


def ladder_rows(steps: list[Step], name: str | None) -> list[dict]:
    """What each step cost on the workload `name` (its own by default), and the floor."""
    rows = []
    for step in steps:
        result = workload(step, name)
        rows.append(known_golden.row(step, result))
    return rows + known_golden.floor_row(steps[-1].part, result)


class Ladder(SphinxDirective):
    """The steps of a part up to the chapter's step; with :all:, and outside chapters, every one.

    With :measured:, only those that were measured on the workload; with :few:, the few that moved a
    real program most.
    """

    required_arguments = 1
    option_spec = {"all": directives.flag, "measured": directives.flag, "few": directives.flag,
                   "workload": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        try:
            return [self.drawn(self.arguments[0], self.options.get("workload"))]
        except Missing as e:
            self.env.note_reread()
            raise self.error(f"{{ladder}}: {e}") from e

    def drawn(self, part: str, name: str | None) -> nodes.Node:
        steps = known.all_steps(part=part)
        if not steps:
            there = dict.fromkeys(s.part for s in known.all_steps())
            raise Missing(f"there is no part {part} with steps; there are: {', '.join(there)}")
        if "all" not in self.options and CHAPTER.match(self.env.docname):
            last = of_page(self.env.docname)
            steps = [s for s in steps if s.number <= last.number]
        else:
            self.env.note_dependency(str(ROOT / "steps"))  # a folder: read again at every build
        for step in steps:
            depends_on_step(self.env, step)
        if "few" in self.options:
            read, rows, others = front.few_rungs([s for s in steps if golden(s)])
            return figure(figures.ladder_svg, rows, f"The {part} ladder on {read['workload']}", others)
        on = name or golden(steps[-1])["workload"]
        if "measured" in self.options:
            steps = [s for s in steps if is_measured(s, on)]
        return figure(figures.ladder_svg, ladder_rows(steps, name), f"The {part} ladder on {on}")


class Counters(Woven):
    """The counters by layer: the step before against this one, if that was measured on it, too."""

    option_spec = {**Woven.option_spec, "workload": directives.unchanged_required}

    def weave(self, step: Step) -> list[nodes.Node]:
        name = self.options.get("workload")
        after, old = workload(step, name), None
        on = name or golden(step)["workload"]
        title = f"Step {step.number} on {on}, counted"
        if not step.first and is_measured(older := before(step), on):
            depends_on_step(self.env, older)
            old = workload(older, on)["counters"]
            title = f"{on}: step {older.number} against step {step.number}, counted"
        return [figure(figures.layers_svg, old, after["counters"], title)]


class Timeline(Woven):
    """One page's way through the layers over time, from the golden's trace."""

    draw = staticmethod(figures.timeline_svg)

    def weave(self, step: Step) -> list[nodes.Node]:
        trace = golden(step).get("trace")
        if not trace:
            raise Missing(f"step {step.id} has no trace in its golden.json; "
                          f"`make golden-{step.number}` records one")
        return [figure(self.draw, trace["events"], trace["about"])]


class PageWay(Timeline):
    """The same trace as a tree: what one page's read becomes at the device."""

    draw = staticmethod(figures.page_way_svg)


class Reached(SphinxDirective):
    """What each part has come to, a line a part, with a link to its pages."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(ROOT / "steps"))  # a folder: read again at every build
        self.env.note_dependency(str(ROOT / "book"))   # and the experiments
        items = nodes.bullet_list(classes=["reached"])
        for part, steps in front.by_part(front.recorded()).items():
            title, said = front.reached(steps)
            link = addnodes.pending_xref("", nodes.strong(title, title), refdomain="std", refexplicit=True,
                                         reftype="doc", reftarget=f"/{part}/index", refwarn=True,
                                         refdoc=self.env.docname)
            items += nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f". {said}.")))
        return [items]
