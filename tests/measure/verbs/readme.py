"""The ladder in README.md, drawn from the goldens: make readme."""
from __future__ import annotations

import re
from collections.abc import Sequence

from measure import parts, steps
from measure.drawing import figures
from measure.goldens import golden
from measure.problem import Problem
from measure.steps import ROOT, Step

README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=<!-- ladder -->\n).*?(?=<!-- /ladder -->)", re.DOTALL)
NOT_YET = "The ladder is drawn here when the first goldens are recorded.\n"
WIDTH = 80


def redraw() -> str:
    """Put all steps that have a golden into README.md; what was done."""
    everyone = recorded()
    text = README.read_text()
    if not BLOCK.search(text):
        raise Problem("README.md has no place between <!-- ladder --> and <!-- /ladder -->")
    README.write_text(BLOCK.sub(lambda _: block(everyone), text))
    return f"README.md shows {', '.join(s.id for s in everyone) or 'no step'}"


def recorded() -> list[Step]:
    return [s for s in steps.all_steps() if s.golden_path.is_file()]


def shown() -> str:
    """What README.md has between the marks."""
    return BLOCK.search(README.read_text())[0]


def shown_steps(text: str) -> list[Step]:
    """The steps that a block speaks of."""
    return [steps.find(n) for n in re.findall(r"^(\d{3})  ", text, re.MULTILINE)]


def block(everyone: Sequence[Step]) -> str:
    """A ladder for each part."""
    if not everyone:
        return NOT_YET
    ladders = [drawn([s for s in everyone if s.part == part])
               for part in dict.fromkeys(s.part for s in everyone)]
    return "```text\n" + "\n".join(ladders) + "```\n"


def drawn(part: Sequence[Step]) -> str:
    """What was read, and where; and the ladder."""
    read, rows = golden.ladder(part)
    return f"{parts.of_step(part[0]).caption(read)}\n\n{figures.ladder_text(rows, WIDTH)}"

