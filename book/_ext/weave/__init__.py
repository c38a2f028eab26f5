"""Weaves the book out of the code, the goldens and the prose.

A page shows code, changes and numbers, and holds none of them: every one is looked
up at the step that the page speaks of, and what is not there fails the build.

  {code}                          a definition, or a whole file   code.py
  {change}                        what the step changed           change.py
  {m}                             a number, in a sentence         numbers.py
  {ladder} {counters}             figures drawn from goldens      figures.py
  {reached}                       what each part has come to      figures.py
  {timeline} {pageway}            one page's way, from the trace  figures.py
  {verdict} {compare}             prediction beside measurement   tables.py
  {summary} {bystep} {requests}   a whole part                    whole_part.py
  {growth} {ablation}             its experiments                 whole_part.py
  {claims} {matrix}               its experiments                 whole_part.py
  {advice} {modes}                an experiment, cell by cell     cells.py
  {parts}                         where each part begins           part_pages.py
  {recordings}                    one day beside another          recordings.py
  {holds} {when} {otherwise}      words that data decide          relations.py
"""
from __future__ import annotations

from sphinx.application import Sphinx

from . import (cells, change, chapters, code, epub, figures, numbers, part_pages, recordings,
               relations, site, tables, whole_part)


def setup(app: Sphinx) -> dict:
    app.add_directive("code", code.Code, override=True)  # docutils' own takes code as text
    app.add_directive("change", change.Change)
    app.add_role("m", numbers.Number())
    app.add_directive("ladder", figures.Ladder)
    app.add_directive("reached", figures.Reached)
    app.add_directive("counters", figures.Counters)
    app.add_directive("timeline", figures.Timeline)
    app.add_directive("pageway", figures.PageWay)
    app.add_directive("verdict", tables.Verdict)
    app.add_directive("compare", tables.Compare)
    app.add_directive("parts", part_pages.Parts)
    app.add_directive("recordings", recordings.Recordings)
    for directive in (relations.Holds, relations.When, relations.Otherwise):
        app.add_directive(directive.__name__.lower(), directive)
    for directive in (whole_part.Summary, whole_part.ByStep, whole_part.Requests,
                      whole_part.Growth, whole_part.Ablation, whole_part.Claims,
                      whole_part.Matrix, cells.Advice, cells.Modes):
        app.add_directive(directive.__name__.lower(), directive)
    app.connect("env-before-read-docs", chapters.check)
    app.connect("doctree-read", chapters.add_header)
    app.connect("build-finished", site.stand_alone)
    app.add_builder(epub.Epub, override=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
