"""{recordings}: what a recording's own interval is worth on another day.

Each ratio that was recorded more than once, if its recordings' own intervals do not overlap: side by
side with the interval between them. Before it stands how many there are, and how many ratios of the
newest recordings lie where the ones before expected them.
"""
from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from docutils import nodes
from measure import steps as known
from measure.contests.pairs import Interval, interval
from measure.goldens import golden as goldens, recordings
from measure.goldens.recordings import Between
from measure.steps import ROOT, Step
from sphinx.util.docutils import SphinxDirective

from .numbers import times
from .steps import depends_on, html
from .tables import table


class Ratio(NamedTuple):
    step: Step
    workload: str
    condition: str
    own: list[Interval]
    between: Between
    expected: bool | None  # the newest, by those before it; None: too few to say

    @property
    def overlap(self) -> bool:
        return max(i.low for i in self.own) <= min(i.high for i in self.own)


class Recordings(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(ROOT / "steps"))  # a folder: read again at every build
        there = [s for s in known.all_steps() if s.golden_path.is_file()]
        for step in there:
            depends_on(self.env, step)
        several = [r for s in there for r in ratios_of(s) if len(r.own) > 1]
        apart = [r for r in several if not r.overlap]
        body = [nodes.paragraph(text=in_words(several, apart))]
        if apart:
            most = max(len(r.own) for r in apart)
            head = ["step", "workload", *(f"recording {n + 1}" for n in range(most)), "between them"]
            body.append(html(table("measured-table summary", head, [row(r, most) for r in apart])))
        return body


def ratios_of(step: Step) -> Iterator[Ratio]:
    for workload, condition, ratios in goldens.ratios_by_recording(step):
        deviation = goldens.deviation(step.part, condition)
        before, newest = ratios[:-1], statistics.median(ratios[-1])
        expected = None
        if len(before) > 1:
            low, high = recordings.between(before, deviation).next
            expected = low <= newest <= high
        yield Ratio(step, workload, condition, [interval(r) for r in ratios],
                    recordings.between(ratios, deviation), expected)


def in_words(several: Sequence[Ratio], apart: Sequence[Ratio]) -> str:
    if not several:
        return "No ratio has been recorded more than once yet."
    said = (f"{len(several)} ratios have been recorded more than once by now. Of {len(apart)} of them "
            "the recordings’ own intervals do not overlap.")
    if asked := [r for r in several if r.expected is not None]:
        held = sum(r.expected for r in asked)
        said += (f" Of the {len(asked)} ratios of the newest recordings that two or more had come "
                 f"before, {held} lie where those expected them.")
    return said


def row(r: Ratio, most: int) -> list[str]:
    own = [f"{times(i.low)} to {times(i.high)}" for i in r.own]
    ratio = r.between.ratio
    return [f"{r.step.number} {escape(r.step.toml['title'])}", f"{escape(r.workload)}, {r.condition}",
            *own, *["–"] * (most - len(own)), f"<b>{times(ratio.low)} to {times(ratio.high)}</b>"]
