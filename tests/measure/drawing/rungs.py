"""A ladder of few rungs, for a first page: where it begins and ends, and what moved it most."""
from __future__ import annotations

import math
from collections.abc import Sequence

MOST = 7


def few(rows: Sequence[dict], most: int = MOST) -> tuple[list[dict], list[dict]]:
    """Rows as figures.py takes them, in their order: the rungs with the floor, and the others."""
    steps = [r for r in rows if r["step"] != "floor"]
    ladder = [r for r in steps if not r.get("branch")] or steps
    between = sorted((r for r in ladder[1:-1] if r.get("verdict") in ("faster", "slower")),
                     key=lambda r: -abs(math.log(r["ratio"]["median"])))
    kept = {r["step"] for r in [ladder[0], ladder[-1], *between[:max(most - 2, 0)]]} | {"floor"}
    return [r for r in rows if r["step"] in kept], [r for r in steps if r["step"] not in kept]


def in_a_line(others: Sequence[dict]) -> str:
    """The steps that are no rung, by why; "" where there is none."""
    by_why: dict[str, list[str]] = {}
    for row in others:
        by_why.setdefault(why(row), []).append(name(row))
    said = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in by_why.items())
    return said and f"No rung here: {said}."


def name(row: dict) -> str:
    return f"{row['step'].split('-')[0]} {row['title']}"


def why(row: dict) -> str:
    return "a branch" if row.get("branch") else row.get("verdict") or "not measured with this"
