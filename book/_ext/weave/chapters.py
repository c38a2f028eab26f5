"""One chapter for each step, one step for each chapter, and the line under a chapter's title."""
from __future__ import annotations

from docutils import nodes
from measure import steps as known
from measure.steps import Step, UnknownStep
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from .steps import CHAPTER

log = logging.getLogger(__name__)


def check(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Complain about chapters and steps that miss each other."""
    expected = {f"{s.part}/{s.id}": s for s in known.all_steps()}
    for docname, step in expected.items():
        if docname not in env.found_docs:
            log.warning("step %s has no chapter: write book/%s.md", step.id, docname)
    for docname in sorted(env.found_docs):
        if CHAPTER.match(docname) and docname not in expected:
            log.warning("this chapter has no step: there is no steps/%s, or it is of another part "
                        "than the chapter's folder", docname.rsplit("/", 1)[-1], location=docname)


def add_header(app: Sphinx, doctree: nodes.document) -> None:
    """Under the title of a chapter: its step, and the verbs that work on it."""
    chapter = CHAPTER.match(app.env.docname)
    title = next(iter(doctree.findall(nodes.title)), None)
    if not chapter or title is None:
        return
    try:
        step = known.find(chapter["id"])
    except UnknownStep:
        return  # check() has said so
    header = nodes.paragraph("", f"Step {step.number}", classes=["step-header"])
    for verb in verbs(step):
        header += [nodes.Text(" · "), nodes.literal(verb, verb)]
    title.parent.insert(title.parent.index(title) + 1, header)


def verbs(step: Step) -> list[str]:
    """What to type about this step: without one before it no difference, without code no try."""
    if step.first:
        chosen = ("step", "run", "trace")
    else:
        chosen = ("step", "diff", "try" if step.files() else "run")
    return [f"make {verb}-{step.number}" for verb in chosen]
