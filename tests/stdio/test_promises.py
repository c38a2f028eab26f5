"""
Sentences of stage.h that no other test has as its subject; tests/stdio/main/promises.c holds the
library to each, in every mode.
"""
from __future__ import annotations

import pytest

from conftest import SANITIZED
from measure.steps import ROOT

PROMISES = {
    "pointers": ["What they return through pointers is set on success only."],
    "options": ["NULL stands for all zero",
                "-EINVAL: no such mode or flag, or `size` is no size that this struct ever had; "
                "-E2BIG: an option that this version of the library does not know."],
    "damage": ["When this thread's last stage_open() could not decode a file: why",
               "NULL: that was not the reason.", "nor behind a descriptor's position 0",
               "Of the options, only progress and context matter."],
    "grown": ["Where a file has grown since it was opened, a view may end where the file did; one "
              "that begins there shows the rest."],
    "null": ["NULL is allowed."],
    "paths": ["How many files the set has", "The set copies the paths.",
              "-EINVAL: there is no such file."],
    "sending": ["after an error, the position says how many those were.",
                "-EPIPE comes with SIGPIPE, if the program has not ignored that"],
    "hints": ["-EINVAL: no such hint, or a negative range.", "-EINVAL: no such mode."],
    "before": ["STAGE_LIMIT to begin with; returns what it was before.",
               "It may to begin with; returns what it was."],
    "rules": ["Writes at most `size` bytes, the ending zero included, and returns the length of the "
              "whole text", "NULL: learn again.", "-EOPNOTSUPP: this version's rules are fixed."],
}


@pytest.mark.parametrize("promise", PROMISES)
def test_it_is_as_the_header_says(step, asan, run, promise):
    header = " ".join((ROOT / "src/stdio/stage.h").read_text().replace(" * ", " ").split())
    assert [words for words in PROMISES[promise] if words not in header] == []
    done = run([asan / "promises", promise], env=SANITIZED)
    assert (done.returncode, done.stdout) == (0, "kept\n"), done.stderr
