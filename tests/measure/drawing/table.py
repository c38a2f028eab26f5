"""One table in three forms: for a terminal, for a pipe, for a web page."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import rich.box
import rich.table


@dataclass
class Table:
    headings: Sequence[str]
    left: frozenset[str] = frozenset()  # headings of columns that begin at the left
    rows: list[Sequence[str]] = field(default_factory=list)

    def rich(self) -> rich.table.Table:
        out = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
        for h in self.headings:
            text = h in self.left
            out.add_column(h, justify="left" if text else "right", no_wrap=not text)
        for row in self.rows:
            out.add_row(*row)
        return out

    def plain(self) -> str:
        lines = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines)]
        return "".join("  ".join(
            cell.ljust(width) if h in self.left else cell.rjust(width)
            for cell, width, h in zip(line, widths, self.headings)).rstrip() + "\n"
            for line in lines)

    def markdown(self) -> str:
        rule = [":--" if h in self.left else "--:" for h in self.headings]
        return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n"
                       for line in (self.headings, rule, *self.rows))
