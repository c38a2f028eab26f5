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

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"1": "kernel", "2": "fuse", "3": "pm", "4": "stdio"}


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

    @property
    def part(self) -> str:
        return PARTS[str(self.number)[0]]

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
    """Every step, by number."""
    found = []
    for d in sorted((root / "steps").glob("[1-4][0-9][0-9]-*")):
        number, name = d.name.split("-", 1)
        found.append(Step(int(number), name, d))
    return [s for s in found if part in (None, s.part)]


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


def resolve(name: str, step: Step, root: Path = ROOT) -> Path:
    """The file `name` ("bio.c", "blk.h", "core/list.h") as of `step`."""
    src = root / "src"
    layers = [s.dir for s in at_or_below(step, root)] + [
        src / step.part, src / step.part / "machine", src]
    for layer in layers:
        if (layer / name).is_file():
            return layer / name
    raise FileNotFoundError(f"no file {name} at step {step.id}")


def image_options(step: Step, root: Path = ROOT, *, without: Sequence[int] = ()) -> dict:
    """The newest [image] table at or below `step`: a step may change only its input."""
    return _newest_table("image", step, root, without)


def kernel_words(step: Step, root: Path = ROOT, *, without: Sequence[int] = ()) -> tuple[str, ...]:
    """What the newest [kernel] table at or below `step` tells the kernel to do when measured.

    What is compared with the step is told the same, or the times would be of different things.
    """
    return tuple(_newest_table("kernel", step, root, without).get("words", ()))


def _newest_table(name: str, step: Step, root: Path, without: Sequence[int]) -> dict:
    return next((s.toml[name] for s in at_or_below(step, root)
                 if name in s.toml and s.number not in without), {})
