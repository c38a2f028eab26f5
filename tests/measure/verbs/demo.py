"""make demo: the first and the last step of each part, on a real program."""
from __future__ import annotations

from measure import parts, steps
from measure.contests.contest import Contest
from measure.contests.subject import FLOOR
from measure.drawing import figures
from measure.drawing.table import Table
from measure.goldens import golden
from measure.machine import talk
from measure.verbs import ladder

ROUNDS = 2  # enough to see; `make bench` is for intervals


def demo() -> None:
    for part in parts.measured():
        alike = [s for s in steps.all_steps(part=part) if not parts.of(part).manner(s)]
        if alike:  # a step that is measured in a way of its own is no match for the first
            show(alike[0], alike[-1], parts.of(part).REAL)


def show(first: steps.Step, last: steps.Step, workload: str) -> None:
    ends = list(dict.fromkeys((first, last)))
    contest = ladder.contest_of(ends, workload, (), lambda text: None)
    print(contest.subjects[0].about)
    with talk.waiting("Starting") as tell:
        contest.tell = tell
        for name, proof in contest.prove().items():
            print(f"{name} {proof.checked}")
        print()
        contest.measure(lambda: True, budget_seconds=0, least=ROUNDS)
    rows = ladder.rows_of(contest)
    for row in rows:
        row |= {"verdict": None, "ratio": None}  # two rounds show no interval
    ladder.print_table(side_by_side(contest))
    print()
    if len(ends) == 2:
        a, b = ends
        times = contest.seconds(a.id) / contest.seconds(b.id)
        print(f"{b.id} is {times:.3g} times as fast as {a.id}"
              + (f", and takes {contest.distance(b.id):.3g} times what the floor does"
                 if FLOOR in contest.times else "") + ".\n")
    print(figures.ladder_text(rows, min(talk.out.width, 100)))
    recorded(first.part)


def side_by_side(contest: Contest) -> Table:
    """Times, then all counters, a column for each subject."""
    names = [s.name for s in contest.subjects if s.name in contest.runs]
    runs = [contest.runs[n].counters for n in names]
    table = Table(["", *names], frozenset([""]))
    table.rows.append(["seconds", *(f"{contest.seconds(n):.4f}" for n in names)])
    for counter in sorted(set().union(*runs)):
        table.rows.append([counter, *(f"{r[counter]:,}" if counter in r else "" for r in runs)])
    return table


def recorded(part: str) -> None:
    """The whole ladder as the goldens have it, the steps in between too."""
    everyone = steps.all_steps(part=part)
    if len(everyone) <= 2 or not all(s.golden_path.is_file() for s in everyone):
        return
    read, rows = golden.ladder(everyone)
    print(f"The steps as recorded with {read['workload']}:\n")
    print(figures.ladder_text(rows, min(talk.out.width, 100)))
