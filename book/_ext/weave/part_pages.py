"""{parts}: the table of contents of the parts, in the order of their hundreds.

A part is in it when it has its description, src/PART/part.mk, and its first page, book/PART/index.md.
Options are those of {toctree}.
"""
from __future__ import annotations

from docutils import nodes
from docutils.statemachine import StringList
from measure import described
from sphinx.directives.other import TocTree


class Parts(TocTree):
    has_content = False

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # a new part changes no file that this page is made of
        pages = [f"{part.name}/index" for part in described.parts()]
        self.content = StringList([p for p in pages if p in self.env.found_docs], source="parts")
        return super().run()
