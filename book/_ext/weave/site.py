"""Makes the site stand by itself: what Debian's Furo leaves to a web server or a bundler.

Its style sheet imports /javascript/normalize.css from the server, and its script is an ES
module that the page loads as a plain script, so that the light/dark switch would be dead. And the
rules for dark pages hold only for who has chosen dark: those for who leaves it to the system are lost.
"""
from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

NORMALIZE = "/javascript/normalize.css/normalize.css"
GUMSHOE = 'import Gumshoe from "./gumshoe-patched.js";'
DARK = 'body[data-theme="dark"]'
SYSTEM_DARK = "@media screen and (prefers-color-scheme: dark) {"
DARK_RULE = re.compile(r"[^{}@]*" + re.escape(DARK) + r"[^{}]*\{[^{}]*\}")


def stand_alone(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    put_in(static / "styles/furo.css", f"@import url({NORMALIZE});", Path("/usr/share" + NORMALIZE))
    put_in(static / "scripts/furo.js", GUMSHOE, static / "scripts/gumshoe-patched.js")
    for css in (static / "styles/furo.css", static / "book.css"):
        if css.is_file():  # an EPUB has no Furo
            css.write_text(with_the_systems_dark(css.read_text()))


def put_in(file: Path, reference: str, target: Path) -> None:
    """The text of `target` in place of a reference to it; other Furos have no such reference."""
    if file.is_file() and reference in (text := file.read_text()):
        file.write_text(text.replace(reference, target.read_text()))


def with_the_systems_dark(css: str) -> str:
    """The style sheet, and each of its rules for dark pages once more for a system that is dark."""
    if SYSTEM_DARK in css:  # the file of the last build
        return css
    rules = [rule.strip().replace(DARK, 'body:not([data-theme="light"])')
             for rule in DARK_RULE.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
             if "theme-icon" not in rule]  # the switch shows what was chosen
    return css + "\n".join(["", SYSTEM_DARK, *rules, "}", ""])
