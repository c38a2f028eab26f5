"""What is not there fails the build, and the message names it."""
from __future__ import annotations

import mini_book
import pytest

CHAPTER = """\
# 101. Fast

```{code} bio.c:bio_git
```

```{code} boi.c
```

```{change}
:files: fault.c
```

{m}`101.virtio.request` {m}`102.seconds` {m}`101.verdict / 101.seconds`
{m}`101.seconds / 101.heap.allocs`
{m}`kernel.cost.steps.101.0.virtio.request` {m}`kernel.cots.x` {m}`kernel.later.x`

```{counters}
:workload: reel
```

```{verdict}
:step: 100
```

```{compare}
```
"""
PART = """\
# A part

```{code} bio.c:bio_get
```

```{change}
:step: 199
```

```{ladder} pm
```

```{growth} fuse
```

```{ablation} kernel
:workload: reel
```

```{requests} kernel
```

```{toctree}
:glob:
1*
```
"""
COMPLAINTS = {
    "an unknown definition": "steps/101-fast/bio.c has no bio_git; near: bio_get",
    "an unknown file": "no file boi.c at step 101-fast; near: bio.c",
    "a file that the step does not change": "step 101-fast does not change fault.c; "
                                            "it changes: bio.c",
    "an unknown number": "step 101-fast has no number virtio.request; near: virtio.requests",
    "a number of an unknown step": "there is no step 102; there are: 100-slow, 101-fast",
    "a sum with a word": "one of the two is not a number",
    "a division by zero": "101.heap.allocs is 0",
    "an unknown number of an experiment": "the experiment kernel.cost has no number "
                                          "steps.101.0.virtio.request; near: "
                                          "steps.101.0.virtio.requests",
    "an unknown experiment": "the part kernel has no experiment cots; near: cost",
    "an experiment that nobody has recorded": "the experiment kernel.later is not recorded yet: "
                                              "`make golden-kernel EXPERIMENT=later`",
    "an unknown workload": "step 101-fast has not been measured on reel; near: real",
    "a verdict on the first step": "step 100-slow is its part's first: there is no step before it",
    "a document that is not quoted": "step.toml of step 101-fast has no [document] table",
    "a page that does not say its step": "it must say which: add `:step: 100`",
    "an unknown step": "there is no step 199; there are: 100-slow, 101-fast",
    "a figure of an unknown part": "{growth}: there is no part fuse with steps",
    "an ablation on an unknown workload": "the experiment kernel.ablation has not been measured "
                                          "on reel",
    "a figure of an experiment that nobody has recorded": "{requests}: the experiment "
        "kernel.requests is not recorded yet: `make golden-kernel EXPERIMENT=requests`",
    "a part without steps": "there is no part pm with steps; there are: kernel",
    "a chapter without its step": "this chapter has no step: there is no steps/110-lost",
    "a chapter in another part's folder": "there is no steps/100-slow, or it is of another part",
    "a step without its chapter": "step 120-mute has no chapter: write book/kernel/120-mute.md",
}


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one build of a project full of mistakes says, on one line."""
    top = tmp_path_factory.mktemp("broken")
    root = mini_book.plant(top / "project", **{
        "book/kernel/101-fast.md": CHAPTER,
        "book/kernel/index.md": PART,
        "book/kernel/closing.md": None,
        "book/kernel/measured/requests.json": None,
        "book/kernel/110-lost.md": "# 110. Lost\n",
        "book/fuse/100-slow.md": "---\norphan: true\n---\n# 100. Slow\n",
        "steps/120-mute/step.toml": mini_book.FAST_TOML,
        "book/index.md": "# A book\n\n```{toctree}\nkernel/index\n```\n",
    })
    done = mini_book.sphinx(root / "book", top, "dummy")
    assert done.returncode != 0, "the build passed, with all of these mistakes"
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


@pytest.mark.parametrize("mistake", COMPLAINTS)
def test_the_build_names(mistake, said):
    assert COMPLAINTS[mistake] in said


def test_a_step_without_a_golden_fails_the_build(tmp_path):
    root = mini_book.plant(tmp_path / "project", **{"steps/101-fast/golden.json": None})
    done = mini_book.sphinx(root / "book", tmp_path, "dummy")
    assert done.returncode != 0
    assert "step 101-fast has no golden.json; `make golden-101` measures it" in done.stderr


def test_a_change_of_the_image_alone_is_shown_as_a_change(tmp_path):
    root = mini_book.plant(tmp_path / "project", **{
        "steps/101-fast/bio.c": None,
        "steps/101-fast/step.toml":
            mini_book.FAST_TOML + "[measured.image]\ntype = 'ext2'\nblock_size = 4096\n",
    })
    done = mini_book.sphinx(root / "book", tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html/kernel/101-fast.html").read_text()
    change = page.split('class="change"')[1].split("change-total")[0]
    assert "[measured]" in change and "1024" in change and "4096" in change


def test_a_page_that_is_not_touched_fails_again(tmp_path) -> None:
    chapter = "# 101. Fast\n\n```{code} bio.c:bio_git\n```\n"
    root = mini_book.plant(tmp_path / "project", **{"book/kernel/101-fast.md": chapter})
    for _ in range(2):
        done = mini_book.sphinx(root / "book", tmp_path)
        assert done.returncode != 0 and "bio_git" in done.stderr, done.stderr
