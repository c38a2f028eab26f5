"""Finds a definition in a C file, with the comment above it, by universal-ctags.

No marker comments in the code: a function that is renamed or has gone is an error
of the page that shows it.
"""
from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

CTAGS = ["ctags", "--fields=+ne", "--output-format=json", "--kinds-C=defgpstuvx",
         "--language-force=C", "-I", "PACKED,MUST_CHECK,_Noreturn,PRINTF_LIKE+", "-o", "-"]


@dataclass(frozen=True)
class Definition:
    name: str
    kind: str
    first: int  # line numbers, from 1; the comment above included
    last: int


def definitions(path: Path) -> dict[str, Definition]:
    """What `path` defines, by name. A prototype counts where there is no definition."""
    found = subprocess.run([*CTAGS, str(path)], capture_output=True, text=True, check=True)
    lines = path.read_text().splitlines()
    by_name: dict[str, Definition] = {}
    for line in found.stdout.splitlines():
        tag = json.loads(line)
        name, kind = tag["name"], tag["kind"]
        if name.startswith("__anon") or (name in by_name and kind in ("prototype", "externvar")):
            continue
        first = _with_comment(lines, _statement_start(lines, tag["line"]))
        by_name[name] = Definition(name, kind, first, _last(lines, tag))
    return by_name


def _last(lines: list[str], tag: dict) -> int:
    """ctags leaves out the end of what has no braces: it is the line of the semicolon."""
    if "end" in tag:
        return tag["end"]
    last = tag["line"]
    while tag["kind"] != "macro" and ";" not in lines[last - 1] and last < len(lines):
        last += 1
    return last


def _statement_start(lines: list[str], line: int) -> int:
    """Up from the line of the name to where its statement begins (attributes, a type)."""
    def ends_something(text: str) -> bool:
        text = text.strip()
        return not text or text[0] == "#" or text.endswith((";", "}", "*/", "{"))

    while line > 1 and not ends_something(lines[line - 2]):
        line -= 1
    return line


def _with_comment(lines: list[str], line: int) -> int:
    """Up over the comment block that stands directly above, if there is one."""
    above = line - 1
    if above < 1 or not lines[above - 1].rstrip().endswith("*/"):
        return line
    while above > 1 and "/*" not in lines[above - 1]:
        above -= 1
    return above if lines[above - 1].lstrip().startswith("/*") else line
