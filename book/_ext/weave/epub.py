"""The EPUB builder, with what Sphinx's leaves out: what a page contains, a cover, one identifier."""
from __future__ import annotations

import re
from pathlib import Path

from sphinx.builders.epub3 import Epub3Builder

from . import cover


class Epub(Epub3Builder):
    def build_content(self) -> None:
        image, _ = self.config.epub_cover
        cover.draw(Path(self.outdir, image), self.config.epub_title, self.config.epub_description,
                   self.config.epub_author)
        super().build_content()

        def declare(item: re.Match) -> str:
            page = Path(self.outdir, item["href"])
            if item["href"] == image:
                return item[0].replace(" />", ' properties="cover-image" />')
            svg = page.suffix == ".xhtml" and page.is_file() and "<svg" in page.read_text()
            return item[0].replace(" />", ' properties="svg" />') if svg else item[0]

        rewrite(Path(self.outdir, "content.opf"),
                r'<item id="\S+" href="(?P<href>\S+)" [^>]*/>', declare)

    def build_toc(self) -> None:
        """Sphinx writes the name of the identifier there, where the identifier itself belongs."""
        super().build_toc()
        rewrite(Path(self.outdir, "toc.ncx"), r'(?<=name="dtb:uid" content=")[^"]*',
                lambda _: self.config.epub_identifier)


def rewrite(file: Path, pattern: str, by) -> None:
    file.write_text(re.sub(pattern, by, file.read_text()))
