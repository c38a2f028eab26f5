"""Definitions are found as C has them: with attributes, macros, prototypes, comments."""
from __future__ import annotations

import pytest
from weave.definitions import definitions

SOURCE = """\
/* The file. */
#include "core/types.h"

#define SIZE 512

/* A macro. */
#define TWICE(x) \\
	((x) + \\
	 (x))

/* On the disk. */
struct PACKED on_disk {
	int n;
};
int after; /* a comment behind, not above */
int beneath;

// Not taken: the blank line below parts it from the function.

/* Told twice. */
MUST_CHECK int later(int a,
		     int b);

static const struct ops table = {
	.n = 1,
};

/*
 * Two lines
 * of comment.
 */
PRINTF_LIKE(2, 3)
static int later(int a,
		 int b)
{
	return a;
}
"""


@pytest.fixture
def cut(tmp_path):
    file = tmp_path / "x.c"
    file.write_text(SOURCE)
    found, lines = definitions(file), SOURCE.splitlines()
    return lambda name: "\n".join(lines[found[name].first - 1:found[name].last])


@pytest.mark.parametrize("name, first, last", [
    ("SIZE", "#define SIZE 512", "#define SIZE 512"),
    ("TWICE", "/* A macro. */", "\t (x))"),
    ("on_disk", "/* On the disk. */", "};"),
    ("after", "int after; /* a comment behind, not above */", "int after; "
     "/* a comment behind, not above */"),
    ("beneath", "int beneath;", "int beneath;"),
    ("table", "static const struct ops table = {", "};"),
    ("later", "/*", "}")])
def test_a_definition_begins_with_its_comment_and_ends_with_its_end(cut, name, first, last):
    lines = cut(name).splitlines()
    assert (lines[0], lines[-1]) == (first, last)


def test_the_definition_counts_and_not_its_declaration(cut):
    assert "return a;" in cut("later") and "Two lines" in cut("later")


def test_a_declaration_counts_where_it_is_all_there_is(tmp_path):
    file = tmp_path / "x.h"
    file.write_text("/* Lend a block. */\nMUST_CHECK int lend(int block,\n\t\t    int *out);\n")
    found = definitions(file)["lend"]
    assert (found.first, found.last) == (1, 3)
