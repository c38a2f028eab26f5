"""golden.json: what a step was measured to do, and whether it still does."""
from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path

from measure import counts, inputs, machine, pairs, steps, subject, talk, trace
from measure.contest import Contest, Tell
from measure.kernel import Conditions
from measure.pairs import Gate, Interval
from measure.problem import Problem
from measure.steps import Step
from measure.subject import FLOOR, Subject

BUDGET_SECONDS = 180  # for one workload
CHECK_BUDGET_SECONDS = 90
FIRST_ROUNDS = 2
MUST_HOLD = ("accelerator", "qemu_options", "filesystem", "cache")


def load(step: Step) -> dict:
    """golden.json as recorded."""
    try:
        return json.loads(step.golden_path.read_text())
    except FileNotFoundError:
        raise Problem(f"{step.id} has no golden.json yet: `make golden-{step.number}` measures it"
                      ) from None


# --- measuring one ----------------------------------------------------------------------------


def record(step: Step, to: Path | None = None) -> Path:
    """Measure the step on all its workloads and write golden.json."""
    conditions = machine.golden_conditions()
    to = to or step.golden_path
    with talk.waiting(f"Measuring {step.id}") as tell:
        golden = {"step": step.id, "workload": step.toml["workload"],
                  **measured(step, step.toml["workload"], conditions, tell)}
        golden["also"] = {name: measured(step, name, conditions, tell, also=True)
                          for name in step.toml.get("also", [])}
    main = inputs.program(golden["workload"])
    golden["trace"] = trace.golden_trace(step)
    golden["machine"] = machine.describe(conditions, main.memory_mib, main.path)
    fresh = to.with_suffix(f".{os.getpid()}")
    fresh.write_text(as_json(golden))
    os.replace(fresh, to)
    return to


def measured(step: Step, workload: str, conditions: Conditions, tell: Tell, also: bool = False
             ) -> dict:
    """One workload's entry. A further workload gets ratios only if it is a real program."""
    program = inputs.program(workload)
    if program.substitute:
        raise Problem(f"{workload} could not be had, and a golden cannot do without it")
    this = subject.of_step(step, program, conditions)
    real = inputs.workload(workload).real
    before = steps.before(step) if real or not also else None
    rivals = [subject.of_step(before, program, conditions)] if before else []
    for rival in rivals:
        refuse_twins(rival, this)
    contest = Contest([*rivals, this, subject.floor_of(this)],
                      lambda text: tell(f"{workload}: {text}"))
    contest.prove()
    contest.measure(lambda: contest.narrow([(s.name, this.name) for s in rivals]),
                    budget_seconds("BUDGET", BUDGET_SECONDS),
                    least=pairs.LEAST_ROUNDS if rivals else FIRST_ROUNDS)
    found = entry(this, rivals, contest)
    if also and rivals:
        found["ratio_first"] = against_first(this, contest)
    return found


def against_first(this: Subject, contest: Contest) -> dict:
    """The ratio to x00, from FIRST_ROUNDS there and back: it may be a thousand times as slow."""
    first = steps.at_or_below(this.step)[-1]
    if first.id not in contest.times:
        slow = subject.of_step(first, this.program, this.conditions)
        contest = Contest([slow, this], contest.tell)
        contest.measure(lambda: True, 0, least=FIRST_ROUNDS)
    return ratio_json(first.id, contest.speedup(first.id, this.name))


def entry(this: Subject, rivals: list[Subject], contest: Contest) -> dict:
    found = {
        "input": {"sha256": this.program.sha256, "size_bytes": this.program.size_bytes,
                  "delivered_bytes": this.program.delivered_bytes,
                  "image_sha256": this.disk.sha256, "image": this.disk.about},
        "counters": contest.runs[this.name].counters,
        "seconds": round(contest.seconds(this.name), 6),
    }
    for rival in rivals:
        ratio = contest.speedup(rival.name, this.name)
        found |= {"ratio": ratio_json(rival.name, ratio), "verdict": pairs.verdict(ratio)}
    found["floor"] = {"seconds": round(contest.seconds(FLOOR), 6),
                      "distance": round(contest.distance(this.name), 2)}
    return found


def ratio_json(before: str, i: Interval) -> dict:
    return {"before": before} | {k: round(v, 4) if isinstance(v, float) else v
                                 for k, v in dataclasses.asdict(i).items()}


def refuse_twins(before: Subject, this: Subject) -> None:
    """Two builds of the same code cannot differ in speed, only seem to."""
    if before.disk.sha256 == this.disk.sha256 and subject.same_code(before.kernel, this.kernel):
        raise Problem(f"{before.name} and {this.name} are the same kernel and read the same image: "
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
    program = inputs.program(golden["workload"])
    if program.sha256 != golden["input"]["sha256"]:
        raise Problem(f"{golden['workload']} is another file than the golden of {step.id} was "
                      f"measured with: `make golden-{step.number}`")
    run = subject.of_step(step, program, machine.conditions()).run()
    return [str(m) for m in counts.compare(golden["counters"], run.counters, step)]


def check_ratio(step: Step) -> Gate:
    """Time the step against the one before it, and hold the ratio against the golden's floor.

    Under other conditions than the recorded ones the outcome is "shown", unless STRICT=1.
    """
    golden = load(step)
    before = steps.before(step)
    if before is None or golden["verdict"] == "inconclusive":
        return Gate("shown", f"{step.id} has no ratio to hold")
    program, conditions = inputs.program(golden["workload"]), machine.conditions()
    subjects = [subject.of_step(s, program, conditions) for s in (before, step)]
    with talk.waiting(f"Measuring {step.id}") as tell:
        contest = Contest(subjects, tell)
        contest.prove()
        contest.measure(lambda: pairs.gate(golden, contest.speedup(before.id, step.id)).outcome
                        != "inconclusive", budget_seconds("BUDGET", CHECK_BUDGET_SECONDS))
    now = contest.speedup(before.id, step.id)
    gate = pairs.gate(golden, now)
    here = machine.describe(conditions, program.memory_mib, program.path)
    differs = other_conditions(golden, here)
    if differs and os.environ.get("STRICT") != "1":
        recorded = Interval(**{k: golden["ratio"][k] for k in ("median", "low", "high", "pairs")})
        return Gate("shown", f"{now}, recorded: {recorded}; not held against it, because "
                             f"{'; '.join(differs)} (STRICT=1 does)")
    return gate


def other_conditions(golden: dict, here: dict) -> list[str]:
    """Which of the conditions that a ratio needs are not the recorded ones."""
    was = golden["machine"]
    found = []
    for name in MUST_HOLD:
        old, new = (re.split("[ ,]", str(m.get(name))) for m in (was, here))
        if old != new:
            found.append(f"{name.replace('_', ' ')}: {' '.join(w for w in new if w not in old)} "
                         f"instead of {' '.join(w for w in old if w not in new)}")
    return found
