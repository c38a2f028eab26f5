"""What README.md leads with, drawn from the goldens and the experiments: make readme."""
from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from measure import steps
from measure.drawing import figures
from measure.goldens import front
from measure.problem import Problem
from measure.steps import ROOT, Step

README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=<!-- reached -->\n).*?(?=<!-- /reached -->)", re.DOTALL)
DRAWN_FROM = re.compile(r"<!-- drawn from ([\d ]+) -->")
NOT_YET = "What was reached stands here when the first goldens are recorded.\n"
WIDTH = 80  # of what stands in columns
COLUMN = 100


def redraw() -> str:
    """Put what all steps that have a golden have come to into README.md; what was done."""
    everyone = front.recorded()
    text = README.read_text()
    if not BLOCK.search(text):
        raise Problem("README.md has no place between <!-- reached --> and <!-- /reached -->")
    README.write_text(BLOCK.sub(lambda _: block(everyone), text))
    return f"README.md shows {', '.join(s.id for s in everyone) or 'no step'}"


def shown() -> str:
    """What README.md has between the marks."""
    return BLOCK.search(README.read_text())[0]


def shown_steps(text: str) -> list[Step]:
    """The steps that a block was drawn from."""
    found = DRAWN_FROM.search(text)
    return [steps.find(n) for n in found[1].split()] if found else []


def block(everyone: Sequence[Step]) -> str:
    """What each part has come to, and the first one's ladder."""
    if not everyone:
        return NOT_YET
    of_parts = list(front.by_part(everyone).values())
    drawn_from = f"<!-- drawn from {' '.join(str(s.number) for s in everyone)} -->\n"
    return (drawn_from + "".join(map(line, of_parts)) + "\n"
            + f"```text\n{ladder(of_parts[0])}```\n")


def line(part: Sequence[Step]) -> str:
    title, said = front.reached(part)
    return textwrap.fill(f"- **{title}.** {said}.", COLUMN, subsequent_indent="  ",
                         break_long_words=False, break_on_hyphens=False) + "\n"


def ladder(part: Sequence[Step]) -> str:
    _, rows, others = front.few_rungs(part)
    return figures.rungs_text(rows, WIDTH) + (textwrap.fill(others, WIDTH) + "\n" if others else "")
