"""The ladder of a part: its steps timed in turns, each against the one before it."""
from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner

from measure import described, parts, steps
from measure.contests import pairs
from measure.contests.contest import Contest, Tell
from measure.contests.subject import FLOOR
from measure.drawing.table import Table
from measure.goldens import goals, golden
from measure.machine import talk
from measure.problem import Problem
from measure.steps import ROOT, Step

LIKE = " like "  # between the names of a step and of the one in whose way it runs
BENCH = ROOT / "build" / "bench"
BUDGET_SECONDS = 300
HEADINGS = ("step", "", "{}s", "MB", "copies/byte", "seconds", "× step before",
            "× first", "verdict", "× floor")
LEFT = frozenset(("step", "", "verdict"))


# --- what is measured ---------------------------------------------------------------------------


def chosen_steps(part: str | None, wanted: str) -> list[Step]:
    """The steps of a part, or of all, that `wanted` names: "100 103", "100-105", names; "": all."""
    everyone = steps.all_steps(part=described.find(part).name if part else None)
    if not everyone:
        raise Problem(f"there are no steps of a part {part}")
    if not wanted:
        return everyone
    found: set[Step] = set()
    for word in wanted.replace(",", " ").split():
        low, dash, high = word.partition("-")
        if dash and low.isdecimal() and high.isdecimal():
            found |= {s for s in everyone if int(low) <= s.number <= int(high)}
        else:
            found.add(steps.find(word))
    if not found:
        raise Problem(f"STEPS={wanted}: there is no such step" + (f" of the part {part}" if part else ""))
    return sorted(found, key=lambda s: s.number)


def contest_of(chosen: list[Step], workload: str, without: Sequence[str], tell: Tell,
               fair: bool = False) -> Contest:
    """The steps and the floor, built and ready.

    fair: where a step begins to be measured otherwise, the one before it runs that way too.
    """
    part = parts.of_step(chosen[0])
    entrants = [part.of_step(s, workload, without=without) for s in chosen]
    rivals = [dataclasses.replace(part.of_step(a, workload, without=without, like=b),
                                  name=f"{a.id}{LIKE}{b.id}")
              for a, b in zip(chosen, chosen[1:])
              if fair and part.manner(a) != part.manner(b)]
    return Contest([*entrants, *rivals, *filter(None, [entrants[-1].floor()])], tell)


def neighbours(contest: Contest) -> list[tuple[str, str]]:
    """(before, step) for each step but the first."""
    there = [s.name for s in contest.subjects]
    names = [name for name in there if name != FLOOR and LIKE not in name]
    return [(rival if (rival := f"{a}{LIKE}{b}") in there else a, b)
            for a, b in zip(names, names[1:])]


# --- rows -----------------------------------------------------------------------------------------


def rows_of(contest: Contest) -> list[dict]:
    """What is known so far, a row for each subject that has run; the floor last."""
    before = {after: b for b, after in neighbours(contest)}
    first = contest.subjects[0].name
    part = parts.of_step(contest.subjects[0].step)
    rows = []
    for s in contest.subjects:
        if s.name not in contest.runs or LIKE in s.name:
            continue
        counted = contest.runs[s.name].counters
        row = {"step": s.name, "title": s.title, "seconds": contest.seconds(s.name),
               "requests": part.requests(counted), "unit": part.UNIT,
               "bytes": part.nbytes(counted),
               "copies_per_byte": counted.get("copy.bytes", 0) / s.input.delivered_bytes,
               "ratio": None, "ratio_first": None, "verdict": None, "distance": None,
               "branch": s.step.branch if s.step else "",
               "times": contest.times[s.name], "counters": counted}
        if before.get(s.name) in contest.runs:
            ratio = contest.speedup(before[s.name], s.name)
            row |= {"ratio": dataclasses.asdict(ratio), "verdict": pairs.verdict(ratio),
                    "ratio_first": dataclasses.asdict(contest.speedup(first, s.name))}
        if s.name != FLOOR and FLOOR in contest.times:
            row["distance"] = contest.distance(s.name)
        rows.append(row)
    return rows


def table_of(rows: list[dict]) -> Table:
    unit = rows[0]["unit"] if rows else "request"
    return Table([h.format(unit) for h in HEADINGS], LEFT, [_cells(r) for r in rows])


def _cells(row: dict) -> list[str]:
    ratio, first = row["ratio"], row["ratio_first"]
    floor = row["step"] == FLOOR
    return [row["step"].split("-")[0], row["title"],
            f"{row['requests']:,}" if row["requests"] is not None else "",
            f"{row['bytes'] / 1e6:,.1f}" if row["bytes"] is not None else "",
            "" if floor else f"{row['copies_per_byte']:.2f}", f"{row['seconds']:.4f}",
            f"{ratio['median']:.3g} ({ratio['low']:.3g}–{ratio['high']:.3g})" if ratio else "",
            f"{first['median']:.3g}" if first else "", row["verdict"] or "",
            f"{row['distance']:.3g}" if row["distance"] else ""]


# --- the verb ----------------------------------------------------------------------------------


def bench(part: str, wanted: str = "", workload: str = "", without: Sequence[str] = ()
          ) -> list[dict]:
    """Measure, print, and write build/bench/<part>-<workload>.json and .svg."""
    chosen = chosen_steps(part, wanted)
    workload = workload or chosen[0].toml["workload"]
    contest = contest_of(chosen, workload, without, lambda text: None, fair=True)
    with _shown(contest) as tell:
        contest.tell = tell
        contest.prove()
        contest.measure(lambda: contest.narrow(neighbours(contest)),
                        golden.budget_seconds("BUDGET", BUDGET_SECONDS))
    rows = rows_of(contest)
    read = contest.subjects[0].input
    about = f"{read.name}, {read.size_bytes:,} bytes"
    print_table(table_of(rows))
    if {"inconclusive"} & {r["verdict"] for r in rows}:
        print("inconclusive: the interval is still too wide; BUDGET=seconds allows more rounds")
    if reached := goals.judged(part, workload, rows, read.path):
        print_table(goals.table(reached))
    for path in write(BENCH / f"{part}-{workload}", rows, contest, about, reached):
        print(path.relative_to(ROOT))
    summarize(table_of(rows), f"{part}: {about}")
    return rows


def print_table(table: Table) -> None:
    if talk.out.is_terminal:
        talk.out.print(table.rich())
    else:
        print(table.plain(), end="")


def write(stem: Path, rows: list[dict], contest: Contest, about: str,
          reached: list[dict] | None = None) -> list[Path]:
    """The ladder as JSON, with the goals that could be judged, and as a picture."""
    from measure.drawing import figures

    one = contest.subjects[0]
    stem.parent.mkdir(parents=True, exist_ok=True)
    files = {".json": golden.as_json({"about": about, "input_sha256": one.input.sha256,
                                      "rows": rows, "goals": reached or [],
                                      "machine": one.describe_machine()}),
             ".svg": figures.ladder_svg(rows, about)}
    for suffix, content in files.items():
        stem.with_suffix(suffix).write_text(content)
    return [stem.with_suffix(suffix) for suffix in files]


def summarize(table: Table, title: str) -> None:
    """Add the table to the summary of the CI job, if we run in one."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(path, "a") as f:
            f.write(f"### {title}\n\n{table.markdown()}\n")


@contextmanager
def _shown(contest: Contest) -> Iterator[Tell]:
    """On a terminal: the table as it grows, and below it what is going on."""
    if not talk.err.is_terminal:
        yield lambda text: None
        return
    spinner = Spinner("dots")
    with Live(console=talk.err, transient=True, refresh_per_second=8) as live:
        known = -1

        def tell(text: str) -> None:
            nonlocal known, table
            now = sum(map(len, contest.times.values()))
            if now != known:  # intervals are worth computing only when there is a new time
                known, table = now, table_of(rows_of(contest)).rich()
            spinner.update(text=text)
            live.update(Group(table, spinner))

        table = table_of([]).rich()
        yield tell
