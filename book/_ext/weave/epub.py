"""The EPUB builder, with what Sphinx's leaves out: pages that contain SVG must say so."""
from __future__ import annotations

import re
from pathlib import Path

from sphinx.builders.epub3 import Epub3Builder


class Epub(Epub3Builder):
    def build_content(self) -> None:
        super().build_content()
        opf = Path(self.outdir, "content.opf")

        def declare(item: re.Match) -> str:
            page = Path(self.outdir, item["href"])
            svg = page.suffix == ".xhtml" and page.is_file() and "<svg" in page.read_text()
            return item[0].replace(" />", ' properties="svg" />') if svg else item[0]

        opf.write_text(re.sub(r'<item id="\S+" href="(?P<href>\S+)" [^>]*/>', declare,
                              opf.read_text()))
