"""{verdict}: prediction, measurement, verdict. {compare}: a document's totals beside counts."""
from __future__ import annotations

from html import escape

from docutils import nodes
from docutils.parsers.rst import directives
from measure.steps import Step

from .numbers import duration, times
from .steps import Missing, Woven, before, golden, html, is_measured, workload


def table(classes: str, head: list[str], rows: list[list[str]]) -> str:
    """A table of ready HTML cells; the first of a row is its heading."""
    def line(first: str, rest: list[str]) -> str:
        return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{c}</td>" for c in rest)}</tr>'

    cells = "".join(f'<th scope="col">{h}</th>' for h in head)
    body = "".join(line(r[0], r[1:]) for r in rows)
    return (f'<div class="table-wrapper"><table class="docutils woven {classes}">'
            f"<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>")


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


def measured_rows(step: Step) -> list[list[str]]:
    """One row a workload whose ratio was measured: times, ratio and interval, verdict.

    The step before may have been measured on it only beside this one: then its time is not known.
    """
    older, g, predicted = before(step), golden(step), step.toml.get("predicted_ratio")
    rows = []
    for name, result in {g["workload"]: g, **g.get("also", {})}.items():
        if "ratio" not in result:
            continue
        ratio = result["ratio"]
        said = against_prediction(predicted, ratio)
        rows.append([
            escape(name),
            (f'{duration(workload(older, name)["seconds"])} → ' if is_measured(older, name) else "")
            + duration(result["seconds"]),
            f'<b>{times(ratio["median"])}</b> <span class="interval">{times(ratio["low"])} to '
            f'{times(ratio["high"])}, {ratio["pairs"]} pairs</span>',
            f'<b class="said">{escape(result["verdict"])}</b>'
            + (f' <span class="interval">{said}</span>' if said else "")])
    return rows


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
