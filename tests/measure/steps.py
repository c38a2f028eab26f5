"""Which steps there are, and which file is the newest of its name at a step.

The one rule, as src/build.mk has it: at step N each file of a part is the newest
of its name, from the highest step at or below N of the same part that has it,
else from src/<part>/.
"""
from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import described
from measure.described import ROOT


class UnknownStep(Exception):
    """No step of that number or name; the message lists what there is."""


@dataclass(frozen=True)
class Step:
    number: int
    name: str   # "block-cache"
    dir: Path   # …/steps/101-block-cache

    @property
    def id(self) -> str:
        return f"{self.number}-{self.name}"

    @functools.cached_property
    def part(self) -> str:
        """The name of the part whose hundred it is in: of its own tree's, if that has parts."""
        there = described.parts(self.dir.parents[1]) or described.parts()
        return next(p.name for p in there if p.hundred == str(self.number)[0])

    @property
    def first(self) -> bool:
        return self.number % 100 == 0

    @property
    def branch(self) -> str:
        """The other question that it answers, and not its ladder's; "" for most."""
        return self.toml.get("branch", "")

    @functools.cached_property
    def toml(self) -> dict:
        """step.toml, as written."""
        with open(self.dir / "step.toml", "rb") as f:
            return tomllib.load(f)

    @property
    def golden_path(self) -> Path:
        return self.dir / "golden.json"

    def files(self) -> list[Path]:
        """What this step adds or replaces."""
        return sorted(p for p in self.dir.iterdir() if p.suffix in (".c", ".S"))


def all_steps(root: Path = ROOT, part: str | None = None) -> list[Step]:
    """Every step of every part, or of one, by number."""
    hundreds = {p.hundred for p in described.parts(root) if part in (None, p.name)}
    found = []
    for d in sorted((root / "steps").glob("[1-9][0-9][0-9]-*")):
        number, name = d.name.split("-", 1)
        if number[0] in hundreds:
            found.append(Step(int(number), name, d))
    return found


def find(what: str | int, root: Path = ROOT) -> Step:
    """The step called "101", "block-cache" or "101-block-cache"."""
    steps = all_steps(root)
    for s in steps:
        if str(what) in (str(s.number), s.name, s.id):
            return s
    raise UnknownStep(f"there is no step {what}; there are: {', '.join(s.id for s in steps)}")


def at_or_below(step: Step, root: Path = ROOT) -> list[Step]:
    """The steps whose files count at `step`, newest first."""
    return [s for s in reversed(all_steps(root, step.part)) if s.number <= step.number]


def before(step: Step, root: Path = ROOT) -> Step | None:
    """The step that `step` is compared with; None for x00."""
    return next((s for s in at_or_below(step, root) if s.number < step.number), None)


def best(everyone: Sequence[Step]) -> Step:
    """The one that a ladder has come to: the last that is no branch."""
    return next((s for s in reversed(everyone) if not s.branch), everyone[-1])


def layers(step: Step, root: Path = ROOT) -> list[Path]:
    """The folders whose files count at `step`, newest first; the part's own come last."""
    own = [root / "src" / step.part / room for room in described.find(step.part, root).rooms]
    return [*(s.dir for s in at_or_below(step, root)), *own]


def resolve(name: str, step: Step, root: Path = ROOT) -> Path:
    """The file `name` ("bio.c", "blk.h", "core/list.h") as of `step`."""
    for layer in [*layers(step, root), root / "src"]:
        if (layer / name).is_file():
            return layer / name
    raise FileNotFoundError(f"no file {name} at step {step.id}")


def measured_with(step: Step, root: Path = ROOT, *, without: Sequence[int] = ()) -> dict:
    """What its part measures the step with: of each key the newest [measured] at or below it wins.

    So a step may change nothing but its input. What the keys mean is the part's affair.
    """
    found = {}
    for layer in reversed(at_or_below(step, root)):
        if layer.number not in without:
            found |= layer.toml.get("measured", {})
    return found
