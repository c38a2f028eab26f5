"""What a part says of itself: the lines `NAME := value` of src/PART/part.mk.

make includes the same file; src/parts.mk says what each name means. A part is there when it has
that file, and its numbers begin with the hundred that stands in it.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from measure.problem import Problem

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"([a-z_]+)\s*:=\s*(.*?)\s*")


@dataclass(frozen=True)
class Part:
    name: str
    says: dict[str, str]

    @property
    def hundred(self) -> str:
        """What its steps' numbers begin with: "1"."""
        return self.says.get("hundred", "")

    @property
    def title(self) -> str:
        return self.says.get("title", self.name)

    @property
    def hosted(self) -> bool:
        """Its program is one of this machine's own; else it has a machine to itself."""
        return self.says.get("kind") == "hosted"

    @property
    def goal(self) -> str:
        """What src/build.mk is asked for."""
        return self.says.get("goal", "")

    @property
    def program(self) -> str:
        """The file that this makes."""
        return self.says.get("program", "")

    @property
    def rooms(self) -> list[str]:
        """Its folders: src/PART itself, "", and those below it whose files are the part's, too."""
        return ["", *self.says.get("rooms", "").split()]


def parts(root: Path = ROOT) -> list[Part]:
    """Every part, by its hundred."""
    found = [Part(file.parent.name, read(file)) for file in root.glob("src/*/part.mk")]
    return sorted(found, key=lambda part: (part.hundred, part.name))


def find(name: str, root: Path = ROOT) -> Part:
    there = {part.name: part for part in parts(root)}
    if name not in there:
        raise Problem(f"there is no part {name}; there are: {', '.join(there)}")
    return there[name]


def read(file: Path) -> dict[str, str]:
    """What part.mk says; Problem where a line is none of its kind."""
    says = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            if not (found := LINE.fullmatch(line)):
                raise Problem(f"{file}:{number}: no line NAME := value: {line}")
            says[found[1]] = found[2]
    return says
