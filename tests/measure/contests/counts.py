"""Counters held against those of a golden, each difference explained.

step.toml may say what a difference usually means ([explain."name"] more=, fewer=) and
that a counter cannot be exact ([tolerance] name = {percent, why}; percent of another
counter: {percent, of, why}). Both hold from their step on, until a later step says something
else about the same counter.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from measure import steps
from measure.steps import ROOT, Step

Counters = dict[str, int]
Tolerances = dict[str, dict]


def tolerances(step: Step) -> Tolerances:
    return _newest(step, "tolerance")


def explanations(step: Step) -> dict[str, dict]:
    return _newest(step, "explain")


def _newest(step: Step, table: str) -> dict[str, dict]:
    """Entry by entry the newest one at or below the step."""
    found: dict[str, dict] = {}
    for s in reversed(steps.at_or_below(step)):
        found |= s.toml.get(table, {})
    return found


@dataclass(frozen=True)
class Mismatch:
    counter: str
    expected: int | None  # None: there should be no such counter
    got: int | None       # None: the counter is missing
    tolerance: dict
    meaning: str          # what that usually means
    counted_in: str       # the file to look into

    def __str__(self) -> str:
        if self.got is None:
            said = f"{self.counter}: missing, expected {self.expected:,}"
        elif self.expected is None:
            said = f"{self.counter}: {self.got:,}, but the golden has no such counter"
        else:
            said = f"{self.counter}: {self.got:,}, expected {self.expected:,}{self._percent()}"
        if self.tolerance:
            of = f" of {other}" if (other := self.tolerance.get("of")) else ""
            said += f" ({self.tolerance['percent']} %{of} are allowed: {self.tolerance['why']})"
        if self.meaning:
            said += f"\n    {self.meaning}"
        return said + (f"\n    Counted in {self.counted_in}." if self.counted_in else "")

    def _percent(self) -> str:
        if not self.expected:
            return ""
        return f" ({100 * (self.got - self.expected) / self.expected:+.3g} %)"


def differ(expected: Counters, got: Counters, tolerances: Tolerances) -> list[str]:
    """The names of the counters that are not as expected."""
    def same(name: str) -> bool:
        if name not in expected or name not in got:
            return False
        tolerance = tolerances.get(name, {"percent": 0})
        allowed = expected.get(tolerance.get("of", name), 0) * tolerance["percent"] / 100
        return abs(got[name] - expected[name]) <= allowed

    return [name for name in sorted(expected.keys() | got.keys()) if not same(name)]


def compare(expected: Counters, got: Counters, step: Step) -> list[Mismatch]:
    """Every counter that is not as `step` should have it, with what that means."""
    allowed, explained = tolerances(step), explanations(step)
    found = []
    for name in differ(expected, got, allowed):
        want, have = expected.get(name), got.get(name)
        direction = "more" if (have or 0) > (want or 0) else "fewer"
        found.append(Mismatch(name, want, have, allowed.get(name, {}),
                              explained.get(name, {}).get(direction, ""), counted_in(name, step)))
    return found


def counted_in(name: str, step: Step) -> str:
    """The file that declares the counter, as of the step, from the project's root; "" if none."""
    folders = [s.dir for s in steps.at_or_below(step)] + [
        ROOT / "src" / step.part, ROOT / "src" / step.part / "machine", ROOT / "src" / "core"]
    seen: set[str] = set()
    for folder in folders:
        for file in sorted(folder.glob("*.c")):
            if file.name not in seen and f'"{name}"' in file.read_text():
                return str(_relative(file))
            seen.add(file.name)
    return ""


def _relative(file: Path) -> Path:
    return file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
