"""{m}`101.virtio.requests`: numbers in prose come from golden.json and step.toml.

After the step's number comes what is asked: a counter, seconds, ratio(.low .high .pairs),
verdict, floor.seconds, floor.distance, input.size_bytes, machine.cpu; a workload's name
before it asks for that workload, a condition's (threads) for what was measured under it; document.… , predicts and predicted_ratio are step.toml's.
After a part's name comes an experiment and what it found: {m}`kernel.growth.…`.
Between two of them ` / ` is their quotient, ` - ` their difference, ` % ` the share of the
first in the second.
"""
from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from measure import steps as known
from measure.goldens import experiments
from measure.goldens.experiments import Experiment
from measure.problem import Problem
from measure.steps import Step
from sphinx.util.docutils import SphinxRole

from .steps import Missing, depends_on, golden, near_misses, relative

LONG = 24  # what is longer is no number, and may be broken into lines
Source = Step | Experiment
Value = int | float | str | list


def duration(seconds: float) -> str:
    """1.23 s, 12.3 ms, 45.6 µs: three digits."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size:
            return f"{three_digits(seconds / size)} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def three_digits(x: float) -> str:
    """1.23, 12.3, 123, 1,234."""
    decimals = 2 if abs(x) < 9.995 else 1 if abs(x) < 99.95 else 0
    return f"{x:,.{decimals}f}"


def times(x: float) -> str:
    """A ratio: 0.98×, 1.37×, 4.1×, 12.3×, 1,234×. Near 1 the second decimal matters."""
    decimals = 2 if abs(x) < 1.995 else 1 if abs(x) < 99.95 else 0
    return f"{x:,.{decimals}f}×"


def span(low: float, high: float) -> str:
    """2–3×, 1.3–1.5×; 2× where there is only one."""
    return f"{low:g}×" if low == high else f"{low:g}–{high:g}×"


def shown(key: str, value: Value) -> str:
    """A value as prose has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return span(*value)
    if any(k.endswith("seconds") for k in key.split(".")):  # also seconds.low
        return duration(value)
    return f"{value:,}" if isinstance(value, int) else times(value)


def numbers(step: Step) -> dict[str, Value]:
    """Everything that can be asked about a step, by key without the step's number."""
    g = golden(step)
    table: dict[str, Value] = {f"document.{k}": v for k, v in step.toml.get("document", {}).items()}
    table |= {k: step.toml[k] for k in ("title", "summary", "source", "predicts", "predicted_ratio")
              if k in step.toml}
    for end, value in zip(("low", "high"), step.toml.get("predicted_ratio", [])):
        table[f"predicted_ratio.{end}"] = value
    table |= {f"machine.{k}": v for k, v in g["machine"].items()}
    table |= _of_workload(g, "") | _of_workload(g, f"{g['workload']}.")
    for name, result in g.get("also", {}).items():
        table |= _of_workload(result, f"{name}.")
    return table


def _of_workload(result: dict, prefix: str) -> dict[str, Value]:
    table = {prefix + k: result[k] for k in ("seconds", "before_seconds", "verdict")
             if k in result}
    table |= {prefix + k: v for k, v in result.get("counters", {}).items()}
    for group in ("floor", "input"):
        table |= {f"{prefix}{group}.{k}": v for k, v in result.get(group, {}).items()}
    for ratio in ("ratio", "ratio_first"):
        if measured := result.get(ratio):
            table[prefix + ratio] = measured["median"]
            table |= {f"{prefix}{ratio}.{k}": v for k, v in measured.items() if k != "median"}
    for condition, found in result.get("under", {}).items():
        table |= _of_workload(found, f"{prefix}{condition}.")
    return table


def flat(found: dict | list, prefix: str = "") -> dict[str, Value]:
    """Everything in a JSON, by its way there: a.b.0.c; a predicted ratio is one value."""
    table: dict[str, Value] = {}
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        if key == "predicted_ratio":
            table[f"{prefix}{key}"] = value
        elif isinstance(value, (dict, list)):
            table |= flat(value, f"{prefix}{key}.")
        elif value is not None:
            table[f"{prefix}{key}"] = value
    return table


def look_up(key: str) -> tuple[Source, str, Value]:
    """Where it stands, the key there, and the value: of `101.virtio.requests`."""
    number, _, rest = key.partition(".")
    if number in experiments.part_names():
        return _measured(number, *rest.partition(".")[::2])
    try:
        step = known.find(number)
    except known.UnknownStep as e:
        raise Missing(str(e)) from e
    table = numbers(step)
    if rest not in table:
        raise Missing(f"step {step.id} has no number {rest}{near_misses(rest, table)}")
    return step, rest, table[rest]


def _measured(part: str, name: str, key: str) -> tuple[Experiment, str, Value]:
    """`key` of an experiment; a median may be asked for by what it is the median of."""
    try:
        table = flat(experiments.load(part, name))
    except Problem as e:
        raise Missing(str(e)) from e
    for known_as in (key, f"{key}.median"):
        if known_as in table:
            return experiments.find(part, name), known_as, table[known_as]
    raise Missing(f"the experiment {part}.{name} has no number {key}{near_misses(key, table)}")


def said(text: str) -> tuple[str, list[Source]]:
    """What {m}`text` says, and what it was looked up in."""
    left, operator, right = [*re.split(r"\s+([/%-])\s+", text, maxsplit=1), None, None][:3]
    source, key, a = look_up(left)
    if not operator:
        return shown(key, a), [source]
    other, _, b = look_up(right)
    if isinstance(a, (str, list)) or isinstance(b, (str, list)):
        raise Missing(f"{text}: one of the two is not a number")
    if operator == "-":
        return shown(key, a - b), [source, other]
    if b == 0:
        raise Missing(f"{text}: {right} is 0")
    return (three_digits(a / b) if operator == "/" else f"{100 * a / b:.1f} %"), [source, other]


def place(source: Source) -> Path:
    return source.dir if isinstance(source, Step) else source.path


class Number(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            text, sources = said(self.text)
        except Missing as e:
            self.env.note_reread()  # it may be there next time
            message = self.inliner.reporter.error(f"{{m}}`{self.text}`: {e}", line=self.lineno)
            return [nodes.problematic(self.rawtext, self.rawtext)], [message]
        for source in sources:
            depends_on(self.env, source)
        where = f"{self.text}, from {relative(place(sources[0]))}"
        kind = "measured" if len(text) <= LONG else "measured-words"
        return [nodes.abbreviation(text, text, explanation=where, classes=[kind])], []
