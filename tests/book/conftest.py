"""A small project, woven once for all the tests that look at its pages."""
from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import mini_book
import pytest
from measure.steps import ROOT

sys.path.insert(0, str(ROOT / "book/_ext"))  # for `import weave`


@dataclass(frozen=True)
class Built:
    html: Path
    epub: Path

    def page(self, name: str) -> str:
        return (self.html / f"{name}.html").read_text()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The small project's site and EPUB."""
    top = tmp_path_factory.mktemp("woven")
    root = mini_book.plant(top / "project")
    for builder in ("html", "epub"):
        done = mini_book.sphinx(root / "book", top, builder)
        assert done.returncode == 0, done.stderr
    return Built(top / "html", top / "epub")
