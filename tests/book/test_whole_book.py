"""The book itself: it builds without a warning, stands alone, and has every chapter."""
from __future__ import annotations

import mini_book
import book_checks
import pytest
from measure import steps
from measure.steps import ROOT


@pytest.mark.parametrize("builder", ["html", "epub"])
def test_the_book_builds_without_a_warning(tmp_path, builder):
    done = mini_book.sphinx(ROOT / "book", tmp_path, builder)
    assert done.returncode == 0, f"`make book` says:\n{done.stderr}"
    suffix = {"html": "html", "epub": "xhtml"}[builder]
    for step in steps.all_steps():
        assert (tmp_path / builder / step.part / f"{step.id}.{suffix}").is_file()
    assert book_checks.fetched_from_elsewhere(tmp_path / builder) == []
    if builder == "epub":
        assert book_checks.epub_faults(tmp_path / builder / "the-fast-path.epub") == []
        assert book_checks.epubcheck_complaints(tmp_path / builder / "the-fast-path.epub") == []
