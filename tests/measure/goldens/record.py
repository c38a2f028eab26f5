"""make golden-N, make goldens: measure steps once more, and add that to their goldens.

A recording is made in fresh processes, with a copy of the input that was made for it alone. The
newest of each boot counts, of at most recordings.MOST boots. Where a counter is not what it was,
the code is not what it was either: then what older recordings timed is gone, and so are they.
"""
from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from measure import parts, steps
from measure.contests import counts, kept, pairs
from measure.contests.contest import Contest, Tell
from measure.contests.subject import FLOOR, Subject
from measure.goldens import golden, recordings
from measure.goldens.golden import RATIO_DIGITS, budget_seconds
from measure.machine import talk
from measure.problem import Problem
from measure.steps import Step

BUDGET_SECONDS = 180  # for one workload under one condition
FIRST_ROUNDS = 2
QUICK_SECONDS = 1
SECONDS_DIGITS = 6


@dataclass
class Measured:
    """What one recording found of a step: by workload, and there by condition."""
    on: dict[str, dict] = field(default_factory=dict)     # input and counters
    takes: dict[str, dict] = field(default_factory=dict)

    def add(self, workload: str, condition: str, this: Subject, take: dict, contest: Contest) -> None:
        self.on.setdefault(workload, {"input": this.describe_input(),
                                      "counters": contest.runs[this.name].counters})
        self.takes.setdefault(workload, {})[condition] = take


def record(step: Step, to: Path | None = None) -> Path:
    """Measure the step on all its workloads, under all conditions, and add that to its golden."""
    part, found = parts.of_step(step), Measured()
    with talk.waiting(f"Measuring {step.id}") as tell, _copies() as where:
        for workload in workloads(step):
            for condition in part.conditions_of(workload):
                this, rivals = entrants(step, workload, condition, where)
                contest = _contest([*rivals, this], workload, condition, tell)
                contest.measure(lambda: contest.narrow([(s.name, this.name) for s in rivals]),
                                budget_seconds("BUDGET", BUDGET_SECONDS),
                                least=pairs.LEAST_ROUNDS if rivals else FIRST_ROUNDS)
                take = take_of(this, rivals, contest)
                if part.is_compared(workload) and rivals and workload != step.toml["workload"]:
                    take |= against_first([this], workload, condition, where, contest)[this.name]
                found.add(workload, condition, this, take, contest)
    return add(step, found, to or step.golden_path)


def record_together(chosen: list[Step]) -> list[Path]:
    """The goldens of steps that follow each other: each workload once, in one contest.

    The slow steps of a part take longer than all others together, and so they run once a
    round and not once for each step that is compared with them. A step that is measured
    in a way of its own is measured by itself.
    """
    together = [s for s in chosen if not parts.of_step(s).manner(s)]
    found: dict[Step, Measured] = {s: Measured() for s in together}
    with talk.waiting("Measuring") as tell, _copies() as where:
        for workload in dict.fromkeys(w for s in together for w in workloads(s)):
            for condition in parts.of_step(together[0]).conditions_of(workload):
                _measure_together([s for s in together if workload in workloads(s)],
                                  workload, condition, where, tell, found)
    return [add(step, measured, step.golden_path) for step, measured in found.items()] + [
        record(s) for s in chosen if s not in found]


def workloads(step: Step) -> list[str]:
    """The step's own, then those it is measured with as well."""
    return [step.toml["workload"], *step.toml.get("also", [])]


@contextmanager
def _copies() -> Iterator[Path]:
    """Where this recording's copies of the inputs stand, and gone afterwards."""
    kept.INPUTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.INPUTS, prefix=".recording-") as where:
        yield Path(where)


def _subject(step: Step, workload: str, condition: str, where: Path, like: Step | None = None
             ) -> Subject:
    this = parts.of_step(step).of_step(step, workload, condition=condition, like=like)
    if this.input.substitute:
        raise Problem(f"{workload} could not be had, and a golden cannot do without it")
    return this.moved(where)


def entrants(step: Step, workload: str, condition: str, where: Path
             ) -> tuple[Subject, list[Subject]]:
    """The step, and the one before it where they are compared."""
    this = _subject(step, workload, condition, where)
    is_main = workload == step.toml["workload"]
    before = steps.before(step) if is_main or parts.of_step(step).is_compared(workload) else None
    rivals = [_subject(before, workload, condition, where, like=step)] if before else []
    for rival in rivals:
        refuse_twins(rival, this)
    return this, rivals


def refuse_twins(before: Subject, this: Subject) -> None:
    """Two builds of the same code cannot differ in speed, only seem to."""
    if this.twin_of(before):
        raise Problem(f"{before.name} and {this.name} are the same code and read the same bytes: "
                      "there is nothing to compare")


def _contest(subjects: list[Subject], workload: str, condition: str, tell: Tell) -> Contest:
    """With the floor, if there is one, and proven."""
    contest = Contest([*subjects, *filter(None, [subjects[-1].floor()])],
                      lambda text: tell(f"{workload}, {condition}: {text}"))
    contest.prove()
    return contest


def _measure_together(chosen: list[Step], workload: str, condition: str, where: Path, tell: Tell,
                      found: dict[Step, Measured]) -> None:
    """One workload under one condition: each step against the one before it."""
    part = parts.of_step(chosen[0])
    is_also = workload != chosen[0].toml["workload"]
    compared = part.is_compared(workload) or not is_also
    before = steps.before(chosen[0]) if compared else None
    subjects = [_subject(s, workload, condition, where) for s in [before, *chosen] if s]
    rivals = {b.step: a for a, b in zip(subjects, subjects[1:])} if compared else {}
    for this in subjects:
        if rival := rivals.get(this.step):
            refuse_twins(rival, this)
    contest = _contest(subjects, workload, condition, tell)
    if compared:
        _measure_quick_ones_longer(contest, rivals)
    else:
        contest.measure(lambda: True, 0, least=FIRST_ROUNDS)
    first = (against_first(subjects, workload, condition, where, contest)
             if is_also and compared else {})
    for s in (s for s in subjects if s.step in chosen):
        mine = [rivals[s.step]] if s.step in rivals else []
        found[s.step].add(workload, condition, s,
                          take_of(s, mine, contest) | first.get(s.name, {}), contest)


def _measure_quick_ones_longer(contest: Contest, rivals: dict[Step, Subject]) -> None:
    """All of them in as many rounds as it takes at least; then those that take no time go on."""
    budget = budget_seconds("BUDGET", BUDGET_SECONDS)
    contest.measure(lambda: True, budget)
    contest.subjects = [s for s in contest.subjects if contest.seconds(s.name) < QUICK_SECONDS]
    compared = [(rivals[s.step].name, s.name) for s in contest.subjects
                if rivals.get(s.step) in contest.subjects]
    contest.measure(lambda: contest.narrow(compared), budget, least=2)


def against_first(subjects: Sequence[Subject], workload: str, condition: str, where: Path,
                  contest: Contest) -> dict[str, dict]:
    """Each one's ratios to x00, which may take a thousand times as long: if it has not been timed
    yet, that is done now, in no more than FIRST_ROUNDS where it is slow.
    """
    first = steps.at_or_below(subjects[-1].step)[-1]
    if first.id not in contest.times:
        slow = parts.of_step(first).of_step(first, workload, condition=condition,
                                            like=subjects[-1].step)
        contest = Contest([slow.moved(where), *subjects], contest.tell)
        contest.measure(lambda: contest.seconds(first.id) >= QUICK_SECONDS
                        or len(contest.times[first.id]) >= pairs.LEAST_ROUNDS,
                        BUDGET_SECONDS, least=FIRST_ROUNDS)
    return {s.name: {"first": first.id, "first_ratios": rounded(contest.ratios(first.id, s.name))}
            for s in subjects if s.name != first.id}


def take_of(this: Subject, rivals: Sequence[Subject], contest: Contest) -> dict:
    """What golden.json keeps of a contest about `this`; both times are those of its own pairs."""
    take: dict = {"seconds": contest.seconds(this.name)}
    for rival in rivals:
        pairs_ = min(len(contest.times[n]) for n in (rival.name, this.name))
        take = {"before": rival.name,
                "before_seconds": statistics.median(contest.times[rival.name][:pairs_]),
                "seconds": statistics.median(contest.times[this.name][:pairs_]),
                "ratios": rounded(contest.ratios(rival.name, this.name))}
    if FLOOR in contest.times:
        take["floor_seconds"] = contest.seconds(FLOOR)
    take["disturbed"] = sum(contest.disturbed.get(s.name, 0) for s in [this, *rivals])
    return {k: round(v, SECONDS_DIGITS) if isinstance(v, float) else v for k, v in take.items()}


def rounded(ratios: Sequence[float]) -> list[float]:
    return [round(r, RATIO_DIGITS) for r in ratios]


# --- adding ---------------------------------------------------------------------------------------


def add(step: Step, found: Measured, to: Path) -> Path:
    """Write golden.json with this recording as its newest."""
    part, main, known = parts.of_step(step), step.toml["workload"], golden.stored(step)
    machine = part.of_step(step, main, condition=next(iter(found.takes[main]))).describe_machine()
    older = [r for r in known.get("recordings", []) if r["machine"]["boot"] != machine["boot"]]
    if changed := _changed(known, found, step):
        if older:
            talk.note(f"{step.id}: {changed} is not what it was; {len(older)} older recordings "
                     "timed other code and are dropped")
        older = []
    elif missed := outside(step, known, older, found):
        talk.note(f"{step.id}: outside of where the recordings before expected it: {', '.join(missed)}")
    made = {"step": step.id, "workload": main, "on": found.on}
    if trace := part.trace(step):
        made["trace"] = trace
    made["recordings"] = [*older, {"machine": machine, "on": found.takes}][-recordings.MOST:]
    fresh = to.with_suffix(f".{os.getpid()}")
    fresh.write_text(golden.as_json(made))
    os.replace(fresh, to)
    return to


def _changed(known: dict, found: Measured, step: Step) -> str:
    """A counter or input that differs from the golden's; "" where none does."""
    allowed = counts.tolerances(step)
    for name, on in known.get("on", {}).items():
        if name in found.on:
            if on["input"]["sha256"] != found.on[name]["input"]["sha256"]:
                return f"the input of {name}"
            if other := counts.differ(on["counters"], found.on[name]["counters"], allowed):
                return f"{other[0]} of {name}"
    return ""


def outside(step: Step, known: dict, older: Sequence[dict], found: Measured) -> list[str]:
    """Which ratios of a new recording lie where the older ones did not expect them."""
    if len(older) < 2:
        return []
    expected = golden.said(step, known | {"recordings": list(older)})
    missed = []
    for name, takes in found.takes.items():
        entry = expected if name == expected["workload"] else expected["also"].get(name, {})
        for condition, take in takes.items():
            ratio = entry.get("under", {}).get(condition, {}).get("ratio")
            if ratio and "ratios" in take:
                median = statistics.median(take["ratios"])
                if not ratio["next_low"] <= median <= ratio["next_high"]:
                    missed.append(f"{name}, {condition}: {median:.3g}× and not "
                                  f"{ratio['next_low']:.3g}–{ratio['next_high']:.3g}")
    return missed
