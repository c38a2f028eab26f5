"""What people see while they wait: on standard error, and only on a terminal.

Results go to standard output; a pipe gets results and notes, no progress.
"""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Tell = Callable[[str], None]


def note(text: str) -> None:
    """Something that a reader of the results should know."""
    print(text, file=sys.stderr, flush=True)


_statuses: list[Status] = []  # at most one; a terminal has one last line


@contextmanager
def waiting(text: str) -> Iterator[Tell]:
    """A line that says what is going on; call it to say something else. May be nested."""
    if not err.is_terminal:
        yield lambda _: None
    elif _statuses:
        outer = _statuses[0].status
        _statuses[0].update(text)
        try:
            yield _statuses[0].update
        finally:
            _statuses[0].update(outer)
    else:
        with err.status(text) as status:
            _statuses.append(status)
            try:
                yield status.update
            finally:
                _statuses.clear()
