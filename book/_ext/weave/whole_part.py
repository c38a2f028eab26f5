"""Directives that speak of a whole part: {summary} PART and its figures, for a closing chapter.

{summary}    prediction, measurement and verdict of every step, in one table
{bystep}     every counter at every step
{requests}   the beginning of a load at every step, request by request
{growth}     the cost and the size of the program
{ablation}   what each layer is worth at the end
{claims}     the document's expected factors beside the measured ones
{matrix}     the last step against the best of its peers, as a heat map
"""
from __future__ import annotations

from html import escape

from docutils import nodes
from docutils.parsers.rst import directives
from measure import steps as known
from measure.drawing import figures
from measure.goldens import experiments
from measure.problem import Problem
from measure.steps import ROOT, Step
from sphinx.util.docutils import SphinxDirective

from .figures import figure
from .numbers import span, times
from .steps import Missing, depends_on, golden, html, workload
from .tables import against_prediction, predicted_on, table


class OfPart(SphinxDirective):
    """A directive about the part that it names; subclasses say what in weave()."""

    required_arguments = 1
    option_spec = {"workload": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        part = self.arguments[0]
        self.env.note_dependency(str(ROOT / "steps"))  # a folder: read again at every build
        try:
            return [self.weave(part, self.steps(part))]
        except (Missing, Problem) as e:
            raise self.error(f"{{{self.name}}}: {e}") from e

    def steps(self, part: str) -> list[Step]:
        steps = known.all_steps(part=part)
        if not steps:
            raise Missing(f"there is no part {part} with steps")
        for step in steps:
            depends_on(self.env, step)
        return steps

    def measured(self, part: str, name: str) -> dict:
        depends_on(self.env, experiments.find(part, name))
        return experiments.load(part, name)

    @property
    def on(self) -> str | None:
        return self.options.get("workload")

    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        raise NotImplementedError


class Growth(OfPart):
    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        return figure(figures.growth_svg, self.measured(part, "growth"),
                      "What a load costs, from 1 MB to 1 GB")


class ByStep(OfPart):
    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        counters = {str(s.number): workload(s, self.on)["counters"] for s in steps}
        names = set().union(*counters.values())
        on = self.on or golden(steps[-1])["workload"]
        return figure(figures.by_step_svg, counters, figures.by_layer(names),
                      f"Every counter at every step, on {on}")


class Requests(OfPart):
    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        found = self.measured(part, "requests")
        return figure(figures.requests_svg, found, {str(s.number): s.toml["title"] for s in steps},
                      f"The beginning of a load at every step, on {found['workload']}")


class Ablation(OfPart):
    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        found, on = self.measured(part, "ablation"), self.on or golden(steps[0])["workload"]
        if on not in found:
            raise Missing(f"the experiment {part}.ablation has not been measured on {on}")
        rows = [ablation_row(key, cost, on) for key, cost in found[on]["without"].items()]
        return figure(figures.ablation_svg, rows,
                      f"Step {found['step'].split('-')[0]} without each of its layers, on {on}")


def ablation_row(key: str, cost: dict, on: str) -> dict:
    """One bar: a layer that is left out, or several together."""
    row = {k: cost[k] for k in ("ratio", "verdict", "not") if k in cost}
    row["requests"] = cost.get("virtio.requests")
    numbers = key.split("-")
    if len(numbers) > 1:
        return row | {"label": f"{', '.join(numbers[:-1])} and {numbers[-1]} together"}
    step = known.find(key)
    came = workload(step, on).get("ratio")
    return row | {"label": f"{key}  {step.toml['title']}", "came": came and came["median"]}


# --- the table of the part ----------------------------------------------------------------------


class Summary(OfPart):
    """Each step's prediction beside what was measured; at the end the document's sum, and all."""

    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        compared = [s for s in steps if not s.first]
        names = list(dict.fromkeys(n for s in compared for n in measured_on(s)))
        rows = [step_row(s, names) for s in compared]
        if any(e.name == "fixes" for e in experiments.all_experiments(part)):
            fixes = self.measured(part, "fixes")
            rows.append([f'<b>fixes 1–4 together</b>{in_words(span(*fixes["predicted_ratio"]))}',
                         *(claim_cell(fixes.get(n)) for n in names), ""])
        last = known.best(steps)
        rows.append([f"<b>{steps[0].number} to {last.number}</b>",
                     *(ratio_cell(ratio_of(last, n, "ratio_first")) for n in names), ""])
        return html(table("measured-table summary of-steps",
                          ["step, predicted", *map(escape, names), "× floor"], rows))


def measured_on(step: Step) -> list[str]:
    """The workloads on which the step was compared with the one before it."""
    g = golden(step)
    return [n for n in (g["workload"], *g.get("also", {})) if "ratio" in workload(step, n)]


def ratio_of(step: Step, name: str, which: str) -> dict | None:
    return workload(step, name).get(which) if name in measured_on(step) else None


def step_row(step: Step, names: list[str]) -> list[str]:
    predicted = step.toml.get("predicted_ratio")
    said = span(*predicted) if predicted else escape(step.toml.get("predicts", "nothing"))
    cells = []
    for name in names:
        ratio = ratio_of(step, name, "ratio")
        cells.append(ratio_cell(ratio, workload(step, name)["verdict"] if ratio else "",
                                against_prediction(predicted_on(step, name), ratio)
                                if ratio else ""))
    return [f"{step.number} {escape(step.toml['title'])}{in_words(said)}", *cells, times(floor["distance"]) if (floor := golden(step).get("floor")) else "–"]


def in_words(said: str) -> str:
    """What was predicted, below the step's title."""
    return f'<span class="in-words">{said}</span>'


def ratio_cell(ratio: dict | None, verdict: str = "", beside: str = "") -> str:
    """ "3.6× (3.5× to 3.7×) faster, more than predicted" """
    if not ratio:
        return "–"
    said = [f'<b>{times(ratio["median"])}</b><span class="interval">{times(ratio["low"])} to '
            f'{times(ratio["high"])}</span>']
    if verdict:
        kind = verdict.replace(" ", "-")
        said.append(f'<b class="said said-{kind}">{escape(verdict)}</b>')
    if beside:
        said.append(f'<span class="interval">{escape(beside)}</span>')
    return "".join(said)


def claim_cell(found: dict | None) -> str:
    return ratio_cell(found["ratio"], f"the claim is {found['claim']}") if found else "–"


# --- the document's own table, and the promise ----------------------------------------------------


class Claims(OfPart):
    """Each expected factor, and what every way that the experiment tried makes of it."""

    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        found = self.measured(part, "claims")
        rows = [line for row in found.values() if isinstance(row, dict) and "claimed" in row
                for line in claim_rows(row)]
        return html(table("measured-table summary",
                          ["the document", "expected", "by", "warm", "cold"], rows))


def claim_rows(row: dict) -> list[list[str]]:
    """A line for each way and file system; the claim stands in the first one."""
    lines = []
    for filesystem in dict.fromkeys(key.removesuffix("warm").removesuffix("cold").rstrip("-")
                                    for key, value in row.items() if isinstance(value, dict)):
        caches = [row.get("-".join(filter(None, (filesystem, cache))), {})
                  for cache in ("warm", "cold")]
        ways = dict.fromkeys(name for found in caches for name in found if "ratio" in found[name])
        for way in ways:
            where = f" on {filesystem}" if filesystem else ""
            lines.append(["", "", escape(way_in_words(way) + where),
                          *(claim_cell(found.get(way)) for found in caches)])
    for line in lines[:1]:
        line[:2] = [f"<b>{escape(row['says'])}</b>", times(row["claimed"])]
    return lines or [[f"<b>{escape(row['says'])}</b>", times(row["claimed"]), "not measured", "–",
                      "–"]]


def way_in_words(name: str) -> str:
    """ "step 401, in place" """
    number, _, how = name.partition("-")
    return f"step {number}" + {"view": ", in place", "set": ", together"}.get(how, "")


class Matrix(OfPart):
    def weave(self, part: str, steps: list[Step]) -> nodes.Node:
        found = self.measured(part, "matrix")
        return figure(figures.matrix_svg, found, "Step {} against the best of its peers".format(
            found["step"].split("-")[0]))
