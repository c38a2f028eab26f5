"""The steps as the book sees them: which one a page speaks of, and its files and goldens."""
from __future__ import annotations

import difflib
import functools
import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from measure import steps as known
from measure.goldens import golden as goldens
from measure.goldens.experiments import Experiment
from measure.steps import ROOT, Step, UnknownStep
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

CHAPTER = re.compile(r"(?P<folder>.+)/(?P<id>[1-9]\d\d-[^/]+)$")


class Missing(Exception):
    """A page asks for what is not there; the message names it and what there is."""


def of_page(docname: str, asked: str | None = None) -> Step:
    """The step that `asked` names, else the one whose chapter the page is."""
    chapter = CHAPTER.match(docname)
    if not asked and not chapter:
        raise Missing("this page is no chapter of a step, so it must say which: add `:step: 100`")
    try:
        return known.find(asked or chapter["id"])
    except UnknownStep as e:
        raise Missing(str(e)) from e


def before(step: Step) -> Step:
    """The step that `step` is compared with."""
    if older := known.before(step):
        return older
    raise Missing(f"step {step.id} is its part's first: there is no step before it")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def file_at(name: str, step: Step) -> Path:
    """The file `name` as of `step`."""
    try:
        return known.resolve(name, step)
    except FileNotFoundError as e:
        there = {p.name for d in known.layers(step) for p in d.glob("*.[chS]")}
        raise Missing(f"{e}{near_misses(name, there)}") from e


def near_misses(asked: str, there: set[str] | dict) -> str:
    """"; near: a, b", or everything when nothing is near and it is not too much."""
    near = difflib.get_close_matches(asked, there, n=5, cutoff=0.5)
    if near:
        return f"; near: {', '.join(near)}"
    return f"; there are: {', '.join(sorted(there)[:40])}"


def golden(step: Step) -> dict:
    """What was measured at `step`, by all its recordings."""
    # What a recording may show depends on how much those of the part's other steps differ.
    there = [s.golden_path for s in known.all_steps(part=step.part) if s.golden_path.is_file()]
    if step.golden_path not in there:
        raise Missing(f"step {step.id} has no golden.json; `make golden-{step.number}` measures it")
    return _read(step, tuple(path.stat().st_mtime_ns for path in there))


@functools.cache
def _read(step: Step, mtimes_ns: tuple[int, ...]) -> dict:
    return goldens.load(step)


def workload(step: Step, name: str | None = None) -> dict:
    """What was measured at `step` on the workload `name`; on its own one by default."""
    g = golden(step)
    if name in (None, g["workload"]):
        return g
    if name in g.get("also", {}):
        return g["also"][name]
    raise Missing(f"step {step.id} has not been measured on {name}"
                  + near_misses(name, {g["workload"], *g.get("also", {})}))


def is_measured(step: Step, name: str) -> bool:
    """Whether the step was measured on the workload."""
    g = golden(step)
    return name == g["workload"] or name in g.get("also", {})


def depends_on_step(env: BuildEnvironment, step: Step) -> None:
    """The page is read again when the step's own description or its golden changes."""
    env.note_dependency(str(step.dir / "step.toml"))
    env.note_dependency(str(step.golden_path))


def depends_on(env: BuildEnvironment, source: Step | Experiment) -> None:
    """The page is read again when what it was looked up in changes."""
    if isinstance(source, Step):
        depends_on_step(env, source)
    else:
        env.note_dependency(str(source.path))


class Woven(SphinxDirective):
    """A directive that speaks of a step; subclasses say what in weave()."""

    option_spec = {"step": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        try:
            step = of_page(self.env.docname, self.options.get("step"))
            depends_on_step(self.env, step)
            return self.weave(step)
        except Missing as e:
            self.env.note_reread()  # it is missing until the page is read without a fault
            raise self.error(f"{{{self.name}}}: {e}") from e

    def weave(self, step: Step) -> list[nodes.Node]:
        raise NotImplementedError


def html(text: str) -> nodes.raw:
    """Ready HTML, for the site and the EPUB: it must be well-formed XML."""
    return nodes.raw("", text, format="html")
