"""What is kept: made once, made again when the recipe changes, and never half."""
from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from measure.contests import kept


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "INPUTS", tmp_path / "inputs")
    return tmp_path / "inputs"


class Maker:
    """Writes a file, and counts how often."""

    def __init__(self, content: bytes = b"content") -> None:
        self.content, self.made = content, 0

    def __call__(self, to: Path) -> None:
        self.made += 1
        to.write_bytes(self.content)


def test_an_input_is_made_once() -> None:
    make = Maker()
    first = kept.cached("thing", "v1", make)
    assert kept.cached("thing", "v1", make) == first
    assert make.made == 1


def test_another_recipe_makes_it_again() -> None:
    make = Maker()
    kept.cached("thing", "v1", make)
    kept.cached("thing", "v2", make)
    assert make.made == 2


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"cut"), Path.unlink])
def test_a_file_that_was_cut_or_removed_is_made_again(folder: Path, damage) -> None:
    make = Maker()
    kept.cached("thing", "v1", make)
    damage(folder / "thing")
    kept.cached("thing", "v1", make)
    assert (folder / "thing").read_bytes() == b"content"


def test_the_checksum_file_is_one_that_sha256sum_checks(folder: Path, run) -> None:
    kept.cached("thing", "v1", Maker())
    assert run(["sha256sum", "--strict", "-c", "thing.sha256"], cwd=folder).stdout == "thing: OK\n"


def test_an_interrupted_making_leaves_nothing_that_looks_made(folder: Path) -> None:
    def interrupted(to: Path) -> None:
        to.write_bytes(b"half")
        raise KeyboardInterrupt

    kept.cached("thing", "v1", Maker(b"old"))
    with pytest.raises(KeyboardInterrupt):
        kept.cached("thing", "v2", interrupted)
    make = Maker(b"new")
    kept.cached("thing", "v2", make)
    assert make.made == 1
    assert (folder / "thing").read_bytes() == b"new"
    assert sorted(p.name for p in folder.iterdir()) == [".thing.lock", "thing", "thing.sha256"]


def test_a_new_file_never_stands_beside_an_old_checksum(folder: Path, monkeypatch) -> None:
    kept.cached("thing", "v1", Maker(b"old"))

    def replace_the_file_only(source: Path, target: Path) -> None:
        os.rename(source, target)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_the_file_only)
        with pytest.raises(KeyboardInterrupt):
            kept.cached("thing", "v2", Maker(b"new"))
    kept.cached("thing", "v1", Maker(b"old"))
    assert (folder / "thing").read_bytes() == b"old"


def _make_with_a_note(folder: Path, notes: Path, barrier) -> None:
    kept.INPUTS = folder

    def make(to: Path) -> None:
        with open(notes, "a") as f:
            f.write("made\n")
        to.write_bytes(bytes(2_000_000))

    barrier.wait()
    kept.cached("thing", "v1", make)


def test_two_processes_that_want_an_input_at_once_make_it_once(folder, tmp_path) -> None:
    barrier = multiprocessing.Barrier(3)
    workers = [multiprocessing.Process(target=_make_with_a_note,
                                       args=(folder, tmp_path / "notes", barrier))
               for _ in range(3)]
    for w in workers:
        w.start()
    for w in workers:
        w.join(60)
    assert [w.exitcode for w in workers] == [0, 0, 0]
    assert (tmp_path / "notes").read_text() == "made\n"
