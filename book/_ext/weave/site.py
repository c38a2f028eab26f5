"""Makes the site stand by itself: what Debian's Furo leaves to a web server or a bundler.

Its style sheet imports /javascript/normalize.css from the server, and its script is an ES
module that the page loads as a plain script, so that the light/dark switch would be dead.
"""
from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

NORMALIZE = "/javascript/normalize.css/normalize.css"
GUMSHOE = 'import Gumshoe from "./gumshoe-patched.js";'


def stand_alone(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    put_in(static / "styles/furo.css", f"@import url({NORMALIZE});", Path("/usr/share" + NORMALIZE))
    put_in(static / "scripts/furo.js", GUMSHOE, static / "scripts/gumshoe-patched.js")


def put_in(file: Path, reference: str, target: Path) -> None:
    """The text of `target` in place of a reference to it; other Furos have no such reference."""
    if file.is_file() and reference in (text := file.read_text()):
        file.write_text(text.replace(reference, target.read_text()))
