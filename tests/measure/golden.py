"""golden.json: what a step was measured to do, and whether it still does."""
from __future__ import annotations

import dataclasses
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from measure import counts, pairs, parts, steps, talk
from measure.contest import Contest, Tell
from measure.pairs import Gate, Interval
from measure.problem import Problem
from measure.steps import Step
from measure.subject import FLOOR, Subject

BUDGET_SECONDS = 180  # for one workload
FIRST_ROUNDS = 2
QUICK_SECONDS = 1


def load(step: Step) -> dict:
    """golden.json as recorded."""
    try:
        return json.loads(step.golden_path.read_text())
    except FileNotFoundError:
        raise Problem(f"{step.id} has no golden.json yet: `make golden-{step.number}` measures it"
                      ) from None


def row(step: Step, result: dict) -> dict:
    """What a ladder shows of a golden, or of one of its further workloads."""
    part = parts.of_step(step)
    return {"step": step.id, "title": step.toml["title"], "seconds": result["seconds"],
            "requests": part.requests(result["counters"]), "unit": part.UNIT,
            "ratio": result.get("ratio"), "verdict": result.get("verdict")}


def floor_row(part: str, result: dict) -> list[dict]:
    """The row below all steps, if the last one's golden knows a floor."""
    if "floor" not in result:
        return []
    return [{"step": FLOOR, "title": parts.of(part).FLOOR, "seconds": result["floor"]["seconds"]}]


def ladder(everyone: Sequence[Step]) -> tuple[dict, list[dict]]:
    """Steps of a part on one workload, which most of them were measured on; the others are left
    out. What was read, as a golden says it, and the rows with the floor.
    """
    known = {step: load(step) for step in everyone}
    results = {step: {g["workload"]: g, **g.get("also", {})} for step, g in known.items()}
    counted = Counter(name for of in results.values() for name in of)
    name = max(counted, key=counted.__getitem__)  # of several the one that comes first
    there = [step for step in everyone if name in results[step]]
    first, last = there[0], there[-1]
    return ({"machine": known[first]["machine"]} | results[first][name] | {"workload": name},
            [*(row(step, results[step][name]) for step in there),
             *floor_row(last.part, results[last][name])])


# --- measuring one ----------------------------------------------------------------------------


def record(step: Step, to: Path | None = None) -> Path:
    """Measure the step on all its workloads and write golden.json."""
    main, *also = workloads(step)
    with talk.waiting(f"Measuring {step.id}") as tell:
        found = {main: measured(step, main, tell)}
        found |= {name: measured(step, name, tell, also=True) for name in also}
    return write(step, found, to or step.golden_path)


def record_together(chosen: list[Step]) -> list[Path]:
    """The goldens of steps that follow each other: each workload once, in one contest.

    The slow steps of a part take longer than all others together, and so they run once a
    round and not once for each step that is compared with them. A step that is measured
    under conditions of its own is measured by itself.
    """
    together = [s for s in chosen if not steps.kernel_words(s)]
    found: dict[Step, dict[str, dict]] = {s: {} for s in together}
    with talk.waiting("Measuring") as tell:
        for workload in dict.fromkeys(w for s in together for w in workloads(s)):
            entrants = [s for s in together if workload in workloads(s)]
            for step, result in measured_together(entrants, workload, tell).items():
                found[step][workload] = result
    return [write(step, results, step.golden_path) for step, results in found.items()] + [
        record(s) for s in chosen if s not in found]


def workloads(step: Step) -> list[str]:
    """The step's own, then those it is measured with as well."""
    return [step.toml["workload"], *step.toml.get("also", [])]


def write(step: Step, found: dict[str, dict], to: Path) -> Path:
    """golden.json, from what each workload gave."""
    part, (main, *also) = parts.of_step(step), workloads(step)
    golden = {"step": step.id, "workload": main, **found[main],
              "also": {name: found[name] for name in also}}
    if found := part.trace(step):
        golden["trace"] = found
    golden["machine"] = part.of_step(step, main, recording=True).describe_machine()
    fresh = to.with_suffix(f".{os.getpid()}")
    fresh.write_text(as_json(golden))
    os.replace(fresh, to)
    return to


def measured(step: Step, workload: str, tell: Tell, also: bool = False) -> dict:
    """One workload's entry. A further workload gets ratios only where its part wants them."""
    part = parts.of_step(step)
    this = part.of_step(step, workload, recording=True)
    if this.input.substitute:
        raise Problem(f"{workload} could not be had, and a golden cannot do without it")
    before = steps.before(step) if part.is_compared(workload) or not also else None
    rivals = [part.of_step(before, workload, recording=True, like=step)] if before else []
    for rival in rivals:
        refuse_twins(rival, this)
    contest = Contest([*rivals, this, *filter(None, [this.floor()])],
                      lambda text: tell(f"{workload}: {text}"))
    contest.prove()
    contest.measure(lambda: contest.narrow([(s.name, this.name) for s in rivals]),
                    budget_seconds("BUDGET", BUDGET_SECONDS),
                    least=pairs.LEAST_ROUNDS if rivals else FIRST_ROUNDS)
    found = entry(this, rivals, contest)
    if also and rivals:
        found["ratio_first"] = against_first([this], workload, contest)[this.name]
    return found


def measured_together(entrants: list[Step], workload: str, tell: Tell) -> dict[Step, dict]:
    """The entries of several steps for one workload, each compared with the one before it."""
    part, also = parts.of_step(entrants[0]), workload != entrants[0].toml["workload"]
    if also and not part.is_compared(workload):
        return {s: measured(s, workload, tell, also) for s in entrants}
    before = steps.before(entrants[0])
    subjects = [part.of_step(s, workload, recording=True) for s in [before, *entrants] if s]
    if subjects[0].input.substitute:
        raise Problem(f"{workload} could not be had, and a golden cannot do without it")
    rivals = {b.step: a for a, b in zip(subjects, subjects[1:])}
    for this in subjects[1:]:
        refuse_twins(rivals[this.step], this)
    contest = Contest([*subjects, *filter(None, [subjects[-1].floor()])],
                      lambda text: tell(f"{workload}: {text}"))
    contest.prove()
    measure_quick_ones_longer(contest, rivals)
    first = {} if not also else against_first(subjects, workload, contest)
    return {s.step: entry(s, [rivals[s.step]] if s.step in rivals else [], contest)
            | ({"ratio_first": first[s.name]} if s.name in first else {})
            for s in subjects if s.step in entrants}


def measure_quick_ones_longer(contest: Contest, rivals: dict[Step, Subject]) -> None:
    """All of them in as many rounds as it takes at least; then those that take no time go on."""
    budget = budget_seconds("BUDGET", BUDGET_SECONDS)
    contest.measure(lambda: True, budget)
    contest.subjects = [s for s in contest.subjects if contest.seconds(s.name) < QUICK_SECONDS]
    compared = [(rivals[s.step].name, s.name) for s in contest.subjects
                if rivals.get(s.step) in contest.subjects]
    contest.measure(lambda: contest.narrow(compared), budget, least=2)


def against_first(subjects: list[Subject], workload: str, contest: Contest) -> dict[str, dict]:
    """Each one's ratio to x00, which may take a thousand times as long: if it has not been timed
    yet, that is done now, FIRST_ROUNDS there and back.
    """
    first = steps.at_or_below(subjects[-1].step)[-1]
    if first.id not in contest.times:
        slow = parts.of_step(first).of_step(first, workload, recording=True,
                                            like=subjects[-1].step)
        contest = Contest([slow, *subjects], contest.tell)
        contest.measure(lambda: True, 0, least=FIRST_ROUNDS)
    return {s.name: ratio_json(first.id, contest.speedup(first.id, s.name)) for s in subjects
            if s.name != first.id}


def entry(this: Subject, rivals: list[Subject], contest: Contest) -> dict:
    found = {
        "input": this.describe_input(),
        "counters": contest.runs[this.name].counters,
        "seconds": round(contest.seconds(this.name), 6),
    }
    for rival in rivals:
        ratio = contest.speedup(rival.name, this.name)
        found |= {"ratio": ratio_json(rival.name, ratio), "verdict": pairs.verdict(ratio)}
    if FLOOR in contest.times:
        found["floor"] = {"seconds": round(contest.seconds(FLOOR), 6),
                          "distance": round(contest.distance(this.name), 2)}
    return found


def ratio_json(before: str, i: Interval) -> dict:
    return {"before": before} | {k: round(v, 4) if isinstance(v, float) else v
                                 for k, v in dataclasses.asdict(i).items()}


def refuse_twins(before: Subject, this: Subject) -> None:
    """Two builds of the same code cannot differ in speed, only seem to."""
    if this.twin_of(before):
        raise Problem(f"{before.name} and {this.name} are the same code and read the same bytes: "
                      "there is nothing to compare")


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
    return [str(m) for m in counts.compare(golden["counters"], this.run().counters, step)]


def check_ratio(step: Step) -> Gate:
    """Time the step against the one before it, and hold the ratio against the golden's floor.

    Under other conditions than the recorded ones the outcome is "shown", unless STRICT=1.
    """
    golden, part = load(step), parts.of_step(step)
    before = steps.before(step)
    if before is None or golden["verdict"] == "inconclusive":
        return Gate("shown", f"{step.id} has no ratio to hold")
    subjects = [part.of_step(s, golden["workload"], like=step) for s in (before, step)]
    with talk.waiting(f"Measuring {step.id}") as tell:
        contest = Contest(subjects, tell)
        contest.prove()
        contest.measure(lambda: pairs.gate(golden, contest.speedup(before.id, step.id)).outcome
                        != "inconclusive", budget_seconds("BUDGET", part.CHECK_SECONDS))
    now = contest.speedup(before.id, step.id)
    gate = pairs.gate(golden, now)
    differs = other_conditions(golden, subjects[-1].describe_machine(), part.MUST_HOLD)
    if differs and os.environ.get("STRICT") != "1":
        recorded = Interval(**{k: golden["ratio"][k] for k in ("median", "low", "high", "pairs")})
        return Gate("shown", f"{now}, recorded: {recorded}; not held against it, because "
                             f"{'; '.join(differs)} (STRICT=1 does)")
    return gate


def other_conditions(golden: dict, here: dict, must_hold: Sequence[str]) -> list[str]:
    """Which of the conditions that a ratio needs are not the recorded ones."""
    was = golden["machine"]
    found = []
    for name in must_hold:
        old, new = (re.split("[ ,]", str(m.get(name))) for m in (was, here))
        if old != new:
            found.append(f"{name.replace('_', ' ')}: {' '.join(w for w in new if w not in old)} "
                         f"instead of {' '.join(w for w in old if w not in new)}")
    return found
