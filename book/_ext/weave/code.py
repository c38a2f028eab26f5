"""{code} bio.c:bio_get  prints a definition as of the chapter's step; {code} fault.c  the file."""
from __future__ import annotations

from pathlib import Path

from docutils import nodes
from measure.steps import Step

from .definitions import definitions
from .steps import Missing, Woven, file_at, near_misses, relative

LANGUAGES = {".c": "c", ".h": "c", ".S": "gas"}


def cut(path: Path, names: list[str]) -> tuple[str, int]:
    """The definitions' text in the given order, and the first one's line; no names: all of it."""
    text = path.read_text()
    if not names:
        return text, 1
    there = definitions(path)
    for name in names:
        if name not in there:
            raise Missing(f"{relative(path)} has no {name}{near_misses(name, there)}")
    lines = text.splitlines()
    chosen = [there[name] for name in names]
    pieces = ["\n".join(lines[d.first - 1:d.last]) for d in chosen]
    return "\n\n".join(pieces), chosen[0].first


def captioned(text: str, language: str, *caption: nodes.Node) -> nodes.container:
    """A highlighted listing under its caption."""
    listing = nodes.literal_block(text, text, language=language, force=True)
    wrapper = nodes.container("", literal_block=True, classes=["literal-block-wrapper"])
    wrapper += nodes.caption("", "", *caption)
    wrapper += listing
    return wrapper


class Code(Woven):
    required_arguments = 1
    final_argument_whitespace = True  # "bio.c:bio_get bio_put" prints both

    def weave(self, step: Step) -> list[nodes.Node]:
        name, _, wanted = self.arguments[0].partition(":")
        path = file_at(name, step)
        self.env.note_dependency(str(path))
        text, line = cut(path, wanted.split())
        place = relative(path) + (f":{line}" if wanted else "")
        wrapper = captioned(text.rstrip("\n"), LANGUAGES[path.suffix],
                            nodes.literal(place, place),
                            nodes.inline("", f"at step {step.number}", classes=["at-step"]))
        self.set_source_info(wrapper.children[1])
        return [wrapper]
