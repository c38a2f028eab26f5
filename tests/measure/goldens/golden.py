"""golden.json: what a step was measured to do, and whether it still does.

    {"step", "workload", "on": {workload: {"input", "counters"}}, "trace",
     "recordings": [{"machine", "on": {workload: {condition: take}}}, …]}

The file holds what was measured, and load() what follows from it: of a workload the ratio and its
interval by all recordings, and the verdict. A take is one contest under one condition:

    {"before", "before_seconds", "seconds", "ratios", "floor_seconds", "first", "first_ratios",
     "disturbed"}
"""
from __future__ import annotations

import functools
import json
import os
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from measure import parts, steps
from measure.contests import counts, pairs
from measure.contests.contest import Contest
from measure.contests.pairs import Gate, Interval
from measure.contests.subject import FLOOR, Subject
from measure.goldens import recordings
from measure.goldens.recordings import Between
from measure.machine import talk
from measure.problem import Problem
from measure.steps import Step

RATIO_DIGITS = 4
GATE_ROUNDS = 2  # and more, unless each is far above the floor


def load(step: Step) -> dict:
    """What the golden says: that of the step's own workload, and of the others below "also"."""
    try:
        return said(step, json.loads(step.golden_path.read_text()))
    except FileNotFoundError:
        raise Problem(f"{step.id} has no golden.json yet: `make golden-{step.number}` measures it"
                      ) from None


def stored(step: Step) -> dict:
    """The file as it is; {} where there is none."""
    try:
        return json.loads(step.golden_path.read_text())
    except FileNotFoundError:
        return {}


# --- what follows from the recordings -----------------------------------------------------------


def said(step: Step, known: dict) -> dict:
    """The answers of a golden, by its recordings."""
    if "recordings" not in known:
        return known  # they are written out
    entries = {name: _entry(step, name, on, known["recordings"]) for name, on in known["on"].items()}
    return {"step": known["step"], "workload": known["workload"], **entries.pop(known["workload"]),
            "also": entries, **({"trace": known["trace"]} if "trace" in known else {}),
            "machine": known["recordings"][-1]["machine"], "recordings": len(known["recordings"])}


def _entry(step: Step, workload: str, on: dict, made: Sequence[dict]) -> dict:
    """One workload: what its main condition says, and the verdict of all its conditions."""
    part, same = parts.of_step(step), _counts_as_before(step, workload, on["counters"])
    under = {}
    for condition in part.CONDITIONS:
        if takes := _takes(made, workload, condition):
            under[condition] = _of_condition(takes, deviation(step.part, condition), same)
    main = next(iter(under.values()))
    verdicts = [u["verdict"] for u in under.values() if "verdict" in u]
    return {**on, **main, **({"verdict": recordings.joint(verdicts)} if verdicts else {}),
            "under": under}


def _takes(made: Sequence[dict], workload: str, condition: str) -> list[dict]:
    """Those of a comparison with the same step as the newest: another may have come in between."""
    takes = [take for r in made if (take := r["on"].get(workload, {}).get(condition))]
    return [t for t in takes if t.get("before") == takes[-1].get("before")]


def _of_condition(takes: Sequence[dict], deviation: float | None, same_counts: bool) -> dict:
    found = {"seconds": statistics.median(t["seconds"] for t in takes)}
    if ratios := [t["ratios"] for t in takes if "ratios" in t]:
        between = recordings.between(ratios, deviation)
        found |= {"before_seconds": statistics.median(t["before_seconds"] for t in takes),
                  "ratio": ratio_json(takes[-1]["before"], between.ratio) | _of_others(between),
                  "verdict": recordings.verdict_of(ratios, between.ratio, same_counts)}
    if first := [t["first_ratios"] for t in takes if "first_ratios" in t]:
        between = recordings.between(first, deviation)
        found["ratio_first"] = ratio_json(takes[-1]["first"], between.ratio) | _of_others(between)
    if floors := [t for t in takes if "floor_seconds" in t]:
        found["floor"] = {
            "seconds": statistics.median(t["floor_seconds"] for t in floors),
            "distance": round(statistics.median(t["seconds"] / t["floor_seconds"] for t in floors), 2)}
    return found


def _of_others(between: Between) -> dict:
    low, high = between.next
    return {"recordings": between.recordings, "next_low": round(low, RATIO_DIGITS),
            "next_high": round(high, RATIO_DIGITS)}


def _counts_as_before(step: Step, workload: str, counters: counts.Counters) -> bool:
    """Whether the step counts what the one before it counts: then its time has no reason to move."""
    before = steps.before(step)
    theirs = stored(before).get("on", {}).get(workload) if before else None
    return bool(theirs) and not counts.differ(theirs["counters"], counters, counts.tolerances(step))


def deviation(part: str, condition: str) -> float | None:
    """How much recordings of the part differ under a condition, by all its goldens."""
    there = [s.golden_path for s in steps.all_steps(part=part) if s.golden_path.is_file()]
    return _deviation(condition, tuple((p, p.stat().st_mtime_ns) for p in there))


@functools.lru_cache
def _deviation(condition: str, files: tuple[tuple[Path, int], ...]) -> float | None:
    return recordings.deviation_of(ratios for path, _ in files
                                   for ratios in _all_ratios(json.loads(path.read_text()), condition))


def ratios_by_recording(step: Step) -> Iterator[tuple[str, str, list[list[float]]]]:
    """Workload, condition, and the ratios of each recording, the oldest first."""
    known = stored(step)
    for workload in known.get("on", {}):
        for condition in parts.of_step(step).CONDITIONS:
            takes = _takes(known["recordings"], workload, condition)
            if ratios := [t["ratios"] for t in takes if "ratios" in t]:
                yield workload, condition, ratios


def _all_ratios(known: dict, condition: str) -> Iterator[list[list[float]]]:
    """Of each workload, the recordings' ratios."""
    for workload in known.get("on", {}):
        takes = _takes(known["recordings"], workload, condition)
        yield [t["ratios"] for t in takes if "ratios" in t]


# --- rows of a ladder -----------------------------------------------------------------------------


def row(step: Step, result: dict) -> dict:
    """What a ladder shows of a golden, or of one of its further workloads."""
    part = parts.of_step(step)
    return {"step": step.id, "title": step.toml["title"], "seconds": result["seconds"],
            "requests": part.requests(result["counters"]), "unit": part.UNIT,
            "ratio": result.get("ratio"), "verdict": result.get("verdict"), "branch": step.branch}


def floor_row(part: str, result: dict) -> list[dict]:
    """The row below all steps, if the last one's golden knows a floor."""
    if "floor" not in result:
        return []
    return [{"step": FLOOR, "title": parts.of(part).FLOOR, "seconds": result["floor"]["seconds"]}]


def ladder(everyone: Sequence[Step], preferred: str = "") -> tuple[dict, list[dict]]:
    """Steps of a part on one workload: the preferred one, if it was recorded, else that which most
    of them were measured on; the others are left out. What was read, as a golden says it, and the
    rows with the floor.
    """
    known = {step: load(step) for step in everyone}
    results = {step: {g["workload"]: g, **g.get("also", {})} for step, g in known.items()}
    counted = Counter(name for of in results.values() for name in of)
    most = max(counted, key=counted.__getitem__)  # of several the one that comes first
    name = preferred if preferred in counted else most
    there = [step for step in everyone if name in results[step]]
    first, last = there[0], steps.best(there)
    return ({"machine": known[first]["machine"]} | results[first][name] | {"workload": name},
            [*(row(step, results[step][name]) for step in there),
             *floor_row(last.part, results[last][name])])


# --- the file -----------------------------------------------------------------------------------


def ratio_json(before: str, i: Interval) -> dict:
    return {"before": before, **{k: round(getattr(i, k), RATIO_DIGITS)
                                 for k in ("median", "low", "high")}, "pairs": i.pairs}


def budget_seconds(variable: str, default: float) -> float:
    """A time budget, from the environment if it is named there."""
    try:
        return float(os.environ.get(variable) or default)
    except ValueError:
        raise Problem(f"{variable}={os.environ[variable]}: seconds are wanted") from None


def as_json(value: object, indent: int = 0) -> str:
    """JSON with an entry a line, but lists of plain values on one line."""
    pad, end = "  " * (indent + 1), "  " * indent
    if isinstance(value, dict) and value:
        lines = [f"{pad}{json.dumps(k)}: {as_json(v, indent + 1)}" for k, v in value.items()]
        text = "{\n" + ",\n".join(lines) + f"\n{end}}}"
    elif isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        text = "[\n" + ",\n".join(pad + as_json(v, indent + 1) for v in value) + f"\n{end}]"
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text + ("\n" if indent == 0 else "")


# --- does it still hold? --------------------------------------------------------------------------


def check_counters(step: Step) -> list[str]:
    """Run the step's workload once: every counter that is not the golden's, explained."""
    golden = load(step)
    this = parts.of_step(step).of_step(step, golden["workload"])
    if this.input.sha256 != golden["input"]["sha256"]:
        raise Problem(f"{golden['workload']} is another file than the golden of {step.id} was "
                      f"measured with: `make golden-{step.number}`")
    with this:
        run = this.run()
    return [str(m) for m in counts.compare(golden["counters"], run.counters, step)]


def check_ratio(step: Step) -> Gate:
    """Time the step against the one before it, and hold the ratio against the golden's floor.

    Under other conditions than the recorded ones only a wide margin is held, and of it only the
    direction, unless STRICT=1; and nothing is timed that could not fail.
    """
    golden, part, before = load(step), parts.of_step(step), steps.before(step)
    if before is None:
        return Gate("shown", f"{step.id} is its part's first: it has no ratio to hold")
    this = part.of_step(step, golden["workload"])
    recorded = golden.get("under", {}).get(this.condition, golden)
    strict, differs = os.environ.get("STRICT") == "1", other_conditions(golden, this)
    if recorded["verdict"] in ("inconclusive", "unstable"):
        return Gate("shown", f"the recorded ratio of {step.id} is {recorded['verdict']}")
    if differs and not strict and not (pairs.is_wide(recorded) and "depends" not in step.toml):
        return Gate("shown", f"not held here, because {'; '.join(differs)} (STRICT=1 does)")

    def held(now: Interval) -> Gate:
        return (pairs.gate if strict or not differs else pairs.points_the_same_way)(recorded, now)

    with talk.waiting(f"Measuring {step.id}") as tell:
        contest = Contest([part.of_step(before, golden["workload"], like=step), this], tell)
        contest.prove()

        def enough() -> bool:
            ratios = contest.ratios(before.id, step.id)
            if len(ratios) < pairs.LEAST_ROUNDS:
                return pairs.clears_its_floor(recorded, ratios)
            return held(contest.speedup(before.id, step.id)).outcome != "inconclusive"

        contest.measure(enough, budget_seconds("BUDGET", part.CHECK_SECONDS), least=GATE_ROUNDS)
    gate = held(contest.speedup(before.id, step.id))
    because = f"; only its direction is held, because {'; '.join(differs)}" if differs else ""
    return Gate(gate.outcome, gate.why + because)


def other_conditions(golden: dict, this: Subject) -> list[str]:
    """Which of the conditions that a ratio needs are not the recorded ones."""
    was, here = golden["machine"], this.describe_machine()
    found = [f"{name.replace('_', ' ')}: {here.get(name)} instead of {was[name]}"
             for name in parts.of_step(this.step).MUST_HOLD
             if name in was and was[name] != here.get(name)]
    if this.condition not in golden.get("under", {this.condition: {}}):
        found.append(f"{this.condition} was never recorded")
    return found
