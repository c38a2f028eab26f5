"""{change}  shows what the chapter's step changed, per file, in colour and with context."""
from __future__ import annotations

import difflib
from dataclasses import dataclass
from html import escape

import pygments
from docutils import nodes
from docutils.parsers.rst import directives
from measure import steps as known
from measure.steps import Step
from measure.verbs import tree
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from .code import LANGUAGES
from .steps import Missing, Woven, before, html, relative


@dataclass(frozen=True)
class FileChange:
    title: str
    old: str
    new: str
    language: str
    note: str = ""

    @property
    def matcher(self) -> difflib.SequenceMatcher:
        return difflib.SequenceMatcher(None, self.old.splitlines(), self.new.splitlines(),
                                       autojunk=False)

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added, lines removed."""
        ops = [op for op in self.matcher.get_opcodes() if op[0] != "equal"]
        return sum(j2 - j1 for *_, j1, j2 in ops), sum(i2 - i1 for _, i1, i2, *_ in ops)


def changes(step: Step) -> list[FileChange]:
    """Every file that the step adds or replaces, and what it is measured with."""
    older = before(step)
    found = [FileChange(relative(path), replaced.read_text() if replaced else "", path.read_text(),
                        LANGUAGES[path.suffix],
                        f"replaces {relative(replaced)}" if replaced else "new file")
             for replaced, path in tree.changes(step)]
    if "measured" in step.toml and tables(older) != tables(step):
        found.append(FileChange("[measured]", tables(older), tables(step), "toml",
                                "what it is measured with, in step.toml"))
    if not found:
        raise Missing(f"step {step.id} changes nothing: neither a file nor [measured]")
    return found


def tables(step: Step) -> str:
    """What it is measured with, a line for each key."""
    return "".join(f"{k} = {v!r}\n".replace("'", '"')
                   for k, v in tree.flat(known.measured_with(step)).items())


def highlighted(text: str, language: str) -> list[str]:
    """The lines of `text` as HTML; a span never crosses a line."""
    lexer = get_lexer_by_name(language, stripnl=False)
    return pygments.highlight(text, lexer, HtmlFormatter(nowrap=True)).split("\n")


def rows(change: FileChange, context: int) -> list[str]:
    """The changed lines with `context` lines around them; a gap shows where lines are left out."""
    old = highlighted(change.old, change.language)
    new = highlighted(change.new, change.language)
    out = []
    for n, group in enumerate(change.matcher.get_grouped_opcodes(context)):
        if n or group[0][3]:
            out.append(f'<span class="gap">line {group[0][3] + 1}</span>')
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                out += [_row("same", " ", line) for line in new[j1:j2]]
                continue
            out += [_row("gone", "−", line) for line in old[i1:i2]]
            out += [_row("come", "+", line) for line in new[j1:j2]]
    return out


def _row(kind: str, sign: str, line: str) -> str:
    return f'<span class="{kind}"><span class="sign">{sign}</span>{line or " "}</span>'


def rendered(change: FileChange, context: int) -> str:
    added, removed = change.counts
    return (f'<div class="change-file"><p class="change-name">'
            f'<code>{escape(change.title)}</code>'
            f'<span class="note">{escape(change.note)}</span>'
            f'<span class="stat"><b class="come">+{added}</b> <b class="gone">−{removed}</b>'
            f'</span></p><div class="highlight"><pre tabindex="0">{"".join(rows(change, context))}'
            '</pre></div></div>')


def chosen(step: Step, found: list[FileChange], wanted: list[str]) -> list[FileChange]:
    """Those of the step's changes whose files are wanted."""
    there = {c.title.rsplit("/", 1)[-1]: c for c in found}
    if unknown := [w for w in wanted if w not in there]:
        raise Missing(f"step {step.id} does not change {', '.join(unknown)}; "
                      f"it changes: {', '.join(there)}")
    return [there[w] for w in wanted]


class Change(Woven):
    option_spec = {**Woven.option_spec, "files": directives.unchanged_required,
                   "context": directives.nonnegative_int}

    def weave(self, step: Step) -> list[nodes.Node]:
        for replaced, path in tree.changes(step):
            for file in filter(None, (replaced, path)):
                self.env.note_dependency(str(file))
        found = changes(step)
        if wanted := self.options.get("files", "").split():
            found = chosen(step, found, wanted)
        added = sum(c.counts[0] for c in found)
        removed = sum(c.counts[1] for c in found)
        files = "1 file" if len(found) == 1 else f"{len(found)} files"
        body = "".join(rendered(c, self.options.get("context", 3)) for c in found)
        return [html(f'<div class="change">{body}<p class="change-total">{files}, '
                     f'+{added} −{removed} · the same in your terminal: '
                     f'<code>make diff-{step.number}</code></p></div>')]
