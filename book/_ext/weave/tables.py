"""{verdict}: prediction, measurement, verdict. {compare}: a document's totals beside counts."""
from __future__ import annotations

import re
from html import escape

from docutils import nodes
from docutils.parsers.rst import directives
from measure.goldens.recordings import ENOUGH
from measure.steps import Step

from .numbers import duration, times
from .steps import Missing, Woven, before, golden, html, workload


NOTHING = ' class="nothing"'


def table(classes: str, head: list[str], rows: list[list[str]]) -> str:
    """A table of ready HTML cells; the first of a row is its heading.

    Each cell says of which column it is: on a narrow page a row stands as a list (book.css).
    """
    def line(first: str, rest: list[str]) -> str:
        body = "".join(f'<td data-column="{plain(h)}"{NOTHING if c in ("", "–") else ""}>{c}</td>'
                       for h, c in zip(head[1:], rest))
        return f'<tr><th scope="row">{first}</th>{body}</tr>'

    cells = "".join(f'<th scope="col">{h}</th>' for h in head)
    body = "".join(line(r[0], r[1:]) for r in rows)
    broad = " broad" if "summary" in classes.split() else ""
    return (f'<div class="table-wrapper{broad}"><table class="docutils woven {classes}">'
            f"<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>")


def plain(ready: str) -> str:
    """Ready HTML without its tags, as an attribute holds it."""
    return re.sub("<[^>]*>", " ", ready).replace('"', "&quot;").strip()


def against_prediction(predicted: list[float] | None, ratio: dict) -> str:
    """How the measured interval lies to the predicted one."""
    if not predicted:
        return ""
    low, high = predicted
    if ratio["low"] > high:
        return "more than predicted"
    if ratio["high"] < low:
        return "less than predicted"
    return "as predicted"


def predicted_on(step: Step, name: str) -> list[float] | None:
    """What step.toml predicts of this workload: of `predicts_on`, else of the step's own."""
    asked = step.toml.get("predicts_on", golden(step)["workload"])
    return step.toml.get("predicted_ratio") if name == asked else None


def measured_rows(step: Step) -> list[list[str]]:
    """One row a workload whose ratio was measured, and condition: times, ratio, verdict."""
    before(step)  # or there is nothing to compare
    rows = []
    for name, result in {(g := golden(step))["workload"]: g, **g.get("also", {})}.items():
        under = result.get("under", {"": result})
        for condition, found in under.items():
            if "ratio" in found:
                label = f"{escape(name)}, {condition}" if len(under) > 1 else escape(name)
                rows.append(measured_row(label, found, predicted_on(step, name)))
    return rows


def measured_row(label: str, found: dict, predicted: list[float] | None) -> list[str]:
    ratio, was = found["ratio"], found.get("before_seconds")
    beside = against_prediction(predicted, ratio)
    return [label, (f"{duration(was)} → " if was else "") + duration(found["seconds"]),
            f'<b>{times(ratio["median"])}</b> <span class="interval">{times(ratio["low"])} to '
            f'{times(ratio["high"])}, {pairs_of(ratio)}</span>',
            f'<b class="said">{escape(found["verdict"])}</b>'
            + (f' <span class="interval">{beside}</span>' if beside else "")]


def pairs_of(ratio: dict) -> str:
    """ "36 pairs in 3 recordings"; with fewer than three the verdict is provisional."""
    made = ratio.get("recordings")
    if not made:
        return f'{ratio["pairs"]} pairs'
    few = ", provisional" if made < ENOUGH else ""
    return f'{ratio["pairs"]} pairs in {made} recording{"s" if made > 1 else ""}{few}'


class Verdict(Woven):
    def weave(self, step: Step) -> list[nodes.Node]:
        verdict, rows = golden(step).get("verdict"), measured_rows(step)
        if not verdict or not rows:
            raise Missing(f"golden.json of step {step.id} has no verdict")
        predicts = escape(step.toml.get("predicts", "nothing"))
        kind = verdict.replace(" ", "-")
        return [html(f'<div class="verdict verdict-{kind}">'
                     f'<p class="predicted"><span class="kicker">Predicted</span> {predicts} '
                     f'<cite>{escape(step.toml["source"])}</cite></p>'
                     + table("measured-table", ["Measured on", f"step {before(step).number} → "
                             f"{step.number}", "ratio, 95 % interval", "verdict"], rows)
                     + "</div>")]


class Compare(Woven):
    """The [document] table of step.toml beside the counters of the workload it speaks of."""

    option_spec = {**Woven.option_spec, "workload": directives.unchanged_required}

    def weave(self, step: Step) -> list[nodes.Node]:
        document = step.toml.get("document")
        if not document:
            raise Missing(f"step.toml of step {step.id} has no [document] table")
        name = self.options.get("workload")
        counted = workload(step, name)["counters"]
        if gone := [k for k in document if k not in counted]:
            raise Missing(f"[document] of step {step.id} names what is not counted: "
                          f"{', '.join(gone)}")
        rows = [[f"<code>{escape(key)}</code>", f"~{said:,}", f"{counted[key]:,}",
                 times(counted[key] / said)] for key, said in document.items()]
        return [html(table("compare", ["counter", "the document", "counted",
                                       "counted ÷ document"], rows))]
