"""What the first page and README lead with: what each part has come to, and a ladder of few rungs."""
from __future__ import annotations

from collections.abc import Sequence

from measure import described, parts, steps
from measure.drawing import rungs, svg
from measure.goldens import golden
from measure.problem import Problem
from measure.steps import Step


def recorded() -> list[Step]:
    """The steps that have a golden."""
    return [s for s in steps.all_steps() if s.golden_path.is_file()]


def by_part(everyone: Sequence[Step]) -> dict[str, list[Step]]:
    return {part: [s for s in everyone if s.part == part]
            for part in dict.fromkeys(s.part for s in everyone)}


def reached(part: Sequence[Step]) -> tuple[str, str]:
    """Of a part's steps: its title, and what they have come to."""
    measured = parts.of_step(part[0])
    try:
        said = measured.reached()
    except (KeyError, Problem):  # an experiment is missing, or one of its cells
        said = ""
    return described.find(part[0].part).title, said or by_its_ladder(part)


def by_its_ladder(part: Sequence[Step]) -> str:
    """ "bun, 107 MB: 50.0 s to 16.8 ms, 968,122 requests to 19" """
    read, rows = golden.ladder(part, parts.of_step(part[0]).REAL)
    ladder = [r for r in rows if r["step"] != "floor" and not r["branch"]]
    first, best = ladder[0], ladder[-1]
    said = (f"{read['workload']}, {svg.bytes_text(read['input']['size_bytes'])}: "
            f"{svg.seconds_text(first['seconds'])} to {svg.seconds_text(best['seconds'])}")
    if None in (first["requests"], best["requests"]):
        return said
    return f"{said}, {first['requests']:,} {first['unit']}s to {best['requests']:,}"


def few_rungs(part: Sequence[Step]) -> tuple[dict, list[dict], str]:
    """What was read, as a golden says it; the rungs; and a line about the steps that are none."""
    read, rows = golden.ladder(part, parts.of_step(part[0]).REAL)
    kept, others = rungs.few(rows)
    there = {r["step"] for r in rows}
    missing = [{"step": s.id, "title": s.toml["title"]} for s in part if s.id not in there]
    return read, kept, rungs.in_a_line(sorted([*others, *missing], key=lambda r: r["step"]))
