"""Disk images: the same bytes every time, and what was put in comes out."""
from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from measure.machine import process
from measure.problem import Problem
from kernel.measured.images import Link, extract, make_image

KINDS = [{}, {"revision": 0}, {"block_size": 2048}, {"block_size": 4096},
         {"type": "ext4", "block_size": 4096}, {"type": "ext4", "features": "64bit,^dir_index"}]
CONTENT = b"begin" * 1000 + bytes(9000) + b"end" * 7000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


def files(source: Path) -> dict:
    return {"/bin/program": source, "/a folder/with a name": b"hello", "/deep/er/and/deeper": b"x",
            "/short": Link("/bin"), "/long": Link("/" + "x" * 80), "/empty": None, "/no bytes": b""}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_same_files_give_the_same_bytes(tmp_path: Path, source: Path, kind: dict) -> None:
    make_image(tmp_path / "one", files(source), **kind)
    make_image(tmp_path / "two", files(source), **kind)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_times_mode_and_holes_of_a_source_do_not_reach_the_image(tmp_path: Path, source: Path
                                                                 ) -> None:
    make_image(tmp_path / "one", files(source))
    other = tmp_path / "elsewhere"
    with open(other, "wb") as f:  # the same bytes as a sparse file
        f.write(CONTENT[:5000])
        f.seek(14000)
        f.write(CONTENT[14000:])
    other.chmod(0o600)
    os.utime(other, (1, 1))
    make_image(tmp_path / "two", files(other))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_machines_own_mke2fs_settings_do_not_reach_the_image(
        tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_image(tmp_path / "one", files(source))
    (tmp_path / "other.conf").write_text("[defaults]\nbase_features = has_journal\n")
    monkeypatch.setenv("MKE2FS_CONFIG", str(tmp_path / "other.conf"))
    monkeypatch.setenv("E2FSPROGS_FAKE_TIME", "1")
    make_image(tmp_path / "two", files(source))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_e2fsck_finds_nothing_wrong(tmp_path: Path, source: Path, kind: dict) -> None:
    make_image(tmp_path / "image", files(source), **kind)
    checked = process.run(["e2fsck", "-fn", tmp_path / "image"])
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_was_put_in_comes_out(tmp_path: Path, source: Path, kind: dict) -> None:
    make_image(tmp_path / "image", files(source), **kind)
    for name, content in (("/bin/program", CONTENT), ("/a folder/with a name", b"hello"),
                          ("/deep/er/and/deeper", b"x"), ("/no bytes", b"")):
        extract(tmp_path / "image", name, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == content, name
    assert 'Fast link dest: "/bin"' in stat(tmp_path, "/short")
    long = stat(tmp_path, "/long")
    assert re.search(r"Type: symlink .* Size: 81\n.* Blockcount: [1-9]", long, re.DOTALL)


def stat(folder: Path, name: str) -> str:
    return process.run(["debugfs", "-R", f'stat "{name}"', folder / "image"]).stdout


@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
def test_blocks_of_zeroes_are_holes(tmp_path: Path, source: Path, block_size: int) -> None:
    make_image(tmp_path / "image", {"/f": source}, block_size=block_size)
    zero_blocks = sum(not any(CONTENT[at:at + block_size])
                      for at in range(0, len(CONTENT), block_size))
    sectors = int(re.search(r"Blockcount: (\d+)", stat(tmp_path, "/f"))[1])
    indirect = 1 if len(CONTENT) > 12 * block_size else 0
    blocks = -(-len(CONTENT) // block_size)
    assert zero_blocks >= 1
    assert sectors * 512 // block_size == blocks - zero_blocks + indirect


def test_a_file_that_does_not_fit_is_a_problem_and_leaves_no_image(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="could not make the image"):
        make_image(tmp_path / "image", {"/big": b"\1" * 9_000_000}, size_mib=8)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_cannot_be_extracted(tmp_path: Path, source: Path) -> None:
    make_image(tmp_path / "image", files(source))
    with pytest.raises(Problem, match="/nowhere"):
        extract(tmp_path / "image", "/nowhere", tmp_path / "out")


LINKS = {"/bin/real": b"found", "/bin/link": Link("real"), "/usr/bin": Link("../bin"),
         "/far": Link("/usr/bin/../bin/link"), "/long": Link("/" * 70 + "usr/bin/link"),
         "/with a blank": Link("bin/real"), "/round": Link("round"), "/dangling": Link("gone")}


@pytest.mark.parametrize("file", ["/bin/link", "//usr/bin/link", "/usr/bin//real", "/far", "/long",
                                  "/with a blank", "bin/link"])
def test_links_are_followed_to_the_file_as_the_kernel_does(tmp_path: Path, file: str) -> None:
    make_image(tmp_path / "image", LINKS)
    extract(tmp_path / "image", file, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"found"


@pytest.mark.parametrize("file, says", [
    ("/round", "more than 40 links"), ("/dangling", "not found"), ("/usr/bin", "is a directory"),
    ("/bin", "is a directory"), ('/a"b', "cannot be given the name")])
def test_what_leads_to_no_file_is_a_problem(tmp_path: Path, file: str, says: str) -> None:
    make_image(tmp_path / "image", LINKS)
    with pytest.raises(Problem, match=says):
        extract(tmp_path / "image", file, tmp_path / "out")
