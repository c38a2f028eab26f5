"""Words that rest on data: a relation that is false fails the build, and says the figures."""
from __future__ import annotations

import pytest
from weave import relations
from weave.relations import relation
from weave.steps import Missing

import mini_book

VALUES = {"101.ratio": 4.0, "101.verdict": "no difference", "101.virtio.requests": 300,
          "100.virtio.requests": 1200, "101.elf-24m.seconds": 0.5, "101.zero": 0,
          "kernel.growth.16 MB.io_uring cp.ratio": 2.0}


@pytest.fixture
def known(monkeypatch):
    def look_up(name):
        if name not in VALUES:
            raise Missing(f"there is no {name}")
        return name, name, VALUES[name]

    monkeypatch.setattr(relations, "look_up", look_up)


@pytest.mark.parametrize("text, holds, figures", [
    ("101.ratio <= 100.virtio.requests / 101.virtio.requests", True, "4 <= 4"),
    ("101.ratio < 100.virtio.requests / 101.virtio.requests", False, "4 < 4"),
    ("101.ratio > 2 * 101.elf-24m.seconds", True, "4 > 1"),
    ("101.ratio - 1 == 3", True, "3 == 3"),
    ("2 * ( 101.ratio + 1 ) >= 10", True, "10 >= 10"),
    ("2 * (101.ratio + 1) >= 11", False, "10 >= 11"),
    ("1200 / 300 / 2 == 2", True, "2 == 2"),
    ("kernel.growth.16 MB.io_uring cp.ratio >= 1.5", True, "2 >= 1.5"),
    ("101.ratio - 1 < kernel.growth.16 MB.io_uring cp.ratio", False, "3 < 2"),
    ("101.verdict == no difference", True, "no difference == no difference"),
    ("101.verdict == slower | no difference", True, "no difference == slower | no difference"),
    ("101.verdict != slower | faster", True, "no difference != slower | faster"),
    ("101.verdict == faster", False, "no difference == faster")])
def test_a_relation_is_computed_from_the_data(known, text, holds, figures) -> None:
    found = relation(text)
    assert (found.holds, found.figures) == (holds, figures)
    assert set(found.sources) <= VALUES.keys() and found.sources or "300" in text


@pytest.mark.parametrize("text, says", [
    ("101.ratio", "is no relation"), ("101.ratio is 4", "is no relation"),
    ("101.ratio <= 101.tea", "there is no 101.tea"), ("101.ratio <= tea", "tea is neither a number"),
    ("101.ratio <= kernel.growth.16 MB.io_uring cp.ratio / 2", "there is no kernel.growth.16"),
    ("101.ratio <= 4 4", "4 is not expected there"), ("101.ratio <= 4 *", "missing at the end"),
    ("101.ratio <= ( 4", "a parenthesis is not closed"),
    ("101.ratio <= 4 / 101.zero", "a division by 0"),
    ("101.ratio <= 101.verdict", "is 'no difference', and no number"),
    ("101.verdict * 2 > 3", "is 'no difference', and no number"),
    ("101.verdict > 3", "words are only compared by == and !=")])
def test_what_is_no_relation_says_why(known, text, says) -> None:
    with pytest.raises(Missing, match=says):
        relation(text)


CHOICE = """\
# 101. Fast

````{when} 101.verdict == slower
It is slower.

```{holds}
101.verdict == slower
```
````

```{otherwise} 101.verdict == faster
It is *faster*, by {m}`101.ratio`.
```

```{otherwise} 101.ratio > 1
A second text that would be right.
```

```{otherwise}
It is neither.
```

```{when} 101.virtio.requests == 300
Three hundred.
```

````{when} 101.verdict == slower
```{when} 101.ratio < 0.5
Much slower.
```
```{otherwise}
A little slower.
```
````
```{otherwise}
Not at all slower.
```
"""
FALSE = """\
# 101. Fast

A sentence.

```{holds}
101.verdict == faster
101.virtio.requests > 100.virtio.requests / 2
```

```{holds}
```

```{holds}
101.tea > 1
```

```{otherwise}
Before what?
```

```{when}
Nothing.
```

````{when} 101.verdict == slower
{m}`101.no.such`
````
"""


def test_of_several_texts_the_data_choose_one(tmp_path) -> None:
    root = mini_book.plant(tmp_path / "project", **{"book/kernel/101-fast.md": CHOICE})
    done = mini_book.sphinx(root / "book", tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html/kernel/101-fast.html").read_text()
    assert "<em>faster</em>" in page and "4.1×" in page and "Three hundred." in page
    assert "Not at all slower." in page
    for other in ("It is slower", "A second text", "It is neither", "A little", "Much slower"):
        assert other not in page


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> str:
    tmp_path = tmp_path_factory.mktemp("broken")
    root = mini_book.plant(tmp_path / "project", **{"book/kernel/101-fast.md": FALSE})
    done = mini_book.sphinx(root / "book", tmp_path)
    assert done.returncode != 0
    return " ".join(done.stderr.split())


@pytest.mark.parametrize("says", [
    "101-fast.md:7: ERROR: {holds}: 101.virtio.requests > 100.virtio.requests / 2 is false: "
    "300 > 617284",
    "{holds}: it lists no relation", "step 101-fast has no number tea",
    "{otherwise}: there is no {when} before it", "{when}: a relation is wanted behind it",
    "step 101-fast has no number no.such"])
def test_a_false_relation_fails_the_build_with_file_line_and_figures(broken, says) -> None:
    assert says in broken
