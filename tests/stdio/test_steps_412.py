"""Step 412: the rules follow the files that were closed, and nothing else."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import SANITIZED

pytestmark = pytest.mark.from_step(412)


@pytest.fixture
def rules(asan, run):
    Path("file").write_bytes(b"".join(bytes([97 + i]) * 100 for i in range(10)))

    def say(*words: object) -> str:
        done = run([asan / "rules", *map(str, words)], env=SANITIZED)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return say


def value(text: str, name: str) -> int:
    line = next(line for line in text.splitlines() if line.startswith(name + " "))
    return int(line.split(";")[0].split()[1])


def test_the_same_history_makes_the_same_rules(step, rules):
    history = ("files", 20, 3, "files", 5, 1, "print")
    assert rules(*history) == rules(*history)


def test_files_that_are_always_read_again_are_held_at_once(step, rules):
    text = rules("files", 16, 3, "print")
    assert value(text, "hold.after.4k") == 0
    assert "16 closed, 16 again" in text
    assert value(text, "hold.after.64k") == 1, "another size has learned from it"


def test_files_that_are_never_read_again_are_held_later(step, rules):
    assert value(rules("files", 15, 1, "print"), "hold.after.4k") == 1
    assert value(rules("files", 16, 1, "print"), "hold.after.4k") == 2


def test_what_was_learned_is_unlearned(step, rules):
    assert value(rules("files", 16, 3, "files", 300, 1, "print"), "hold.after.4k") == 2


def test_rules_that_are_printed_can_be_pinned_and_stay(step, rules):
    text = rules("files", 20, 3, "print")
    Path("rules").write_text(text)
    pinned = rules("pin", "rules", "files", 50, 1, "print")
    assert pinned.startswith("pinned\n")
    for line in text.splitlines():
        name = line.split()[0]
        assert value(pinned, name) == value(text, name)
    assert value(rules("pin", "rules", "files", 50, 1, "learn", "print"), "hold.after.4k") == 2


@pytest.mark.parametrize("change", (
    lambda t: t[:t.index("hold.after.more")], lambda t: t + "more 1\n", lambda t: t.replace("view.map", "view.mop"),
    lambda t: t.replace("unit.least 4096", "unit.least 0"),
    lambda t: t.replace("unit.most 262144", "unit.most 99999999999"),
    lambda t: t.replace("view.map 131072", "view.map -1")))
def test_rules_that_are_none_are_refused_whole(step, rules, change):
    text = rules("print")
    Path("rules").write_text(change(text))
    assert rules("pin", "rules", "print") == "refused\n" + text
