"""Sphinx's settings for the book; `make book` and `make book-epub` call it."""
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent
sys.path[:0] = [str(BOOK / "_ext"), str(BOOK.parent / "tests")]  # weave; measure.steps, .figures

project = "The Fast Path"
author = "The Fast Path’s contributors"
copyright = author
version = release = "1"
language = "en"

extensions = ["myst_parser", "weave"]
exclude_patterns = ["_ext", "_static"]
nitpicky = True
smartquotes = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
highlight_language = "none"
pygments_style = "weave.style.Light"

# --- the site ---------------------------------------------------------------------------

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_copy_source = False
html_show_sourcelink = False
html_permalinks_icon = "#"
html_use_index = False
pygments_dark_style = "weave.style.Dark"
html_theme_options = {"navigation_with_keys": True}

# --- the EPUB ---------------------------------------------------------------------------

epub_basename = "the-fast-path"
epub_title = project
epub_description = "Four slow I/O stacks, made fast one measured step at a time."
epub_author = epub_contributor = author
epub_cover = ("_static/cover.png", "epub-cover.html")  # weave/cover.py draws it
epub_uid = "book-id"
epub_identifier = "urn:uuid:6f1f6b1e-7b6d-5f0e-9c1d-2a8f4f6f0f10"
epub_scheme = "UUID"
epub_show_urls = "no"
epub_tocscope = "includehidden"
epub_css_files = ["book.css", "epub.css"]
epub_exclude_files = ["search.xhtml", "genindex.xhtml"]
epub_use_index = False
