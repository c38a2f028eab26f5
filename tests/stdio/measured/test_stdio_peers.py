"""The peers do the same work whichever way the bytes come; the floor has them before."""
from __future__ import annotations

import os
import random
import struct
from pathlib import Path

import pytest

from measure.machine import hosted, process
from stdio.measured import inputs as stdio_inputs, part as stdio_part, peers as stdio_peers
from stdio.measured.experiments import advice as stdio_advice
from stdio.measured.inputs import Files

ALL = (stdio_peers.MEMORY, *stdio_peers.WAYS, "fgetc")


@pytest.fixture(params=ALL)
def peer(request, tmp_path: Path):
    """Runs a case in one way; what it printed."""
    found = stdio_peers.way(request.param)
    return lambda *words: hosted.run([found.program, *found.words, *words], cwd=tmp_path)


def said(content: bytes, tokens: int = 0) -> str:
    """What `stage bench` says of these bytes."""
    words = struct.unpack(f"<{-(-len(content) // 8)}Q", content + bytes(-len(content) % 8))
    return f"sum {sum(words) % 2**64:016x} bytes {len(content)} tokens {tokens}\n"


@pytest.mark.parametrize("size", [0, 1, 7, 4096, 70_001, 1_000_000])
def test_every_way_adds_up_the_same_bytes(peer, tmp_path, size) -> None:
    content = random.Random(size).randbytes(size)
    (tmp_path / "file").write_bytes(content)
    assert peer("read", "file").output == said(content)
    assert peer("again", "file", "--times", "3").output == said(3 * content)


def test_every_way_reads_the_same_pieces_at_random(tmp_path) -> None:
    (tmp_path / "file").write_bytes(os.urandom(100_000))
    found = {hosted.run([p.program, *p.words, "random", "file", "--reads", "50", "--size", "4096",
                        "--seed", "3"], cwd=tmp_path).output for p in map(stdio_peers.way, ALL)}
    assert len(found) == 1 and f" bytes {50 * 4096} tokens 0" in found.pop()


def test_a_piece_larger_than_the_file_is_the_file(peer, tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"\x01\x02")
    assert peer("random", "file", "--reads", "2", "--size", "4096").output == said(
        b"\x01\x02" * 2)


@pytest.mark.parametrize("text, tokens", [
    ("int a = 5;", 5), ('s = "a b \\" c";', 4), ("c = '\\'';", 4), ("/* a ** b */ x // y\nz", 4),
    ("a / b /* / */ /c", 6), ("/", 1), ("", 0), ("x->y <<= 0x1f;", 6)])
def test_tokens_are_those_of_c_however_the_text_is_cut(peer, tmp_path, text, tokens) -> None:
    (tmp_path / "a.c").write_text(text)
    (tmp_path / "list").write_text("a.c\na.c\n")
    assert peer("tokens", "--list", "list").output == (
        f"sum {0:016x} bytes {2 * len(text)} tokens {2 * tokens}\n")


def test_a_file_that_is_not_there_is_an_error_that_says_so(peer) -> None:
    with pytest.raises(hosted.Problem, match="it ended with status 1: peer: read: No such file"):
        peer("read", "nowhere")


def test_what_has_no_clock_is_timed_from_before_it_exists(tmp_path) -> None:
    run = hosted.run([stdio_peers.built("launch"), "1", "", "cat", "/etc/passwd"], cwd=tmp_path)
    assert run.seconds > 0 and run.output == ""
    with pytest.raises(hosted.Problem, match="launch: cat: it failed"):
        hosted.run([stdio_peers.built("launch"), "1", "", "cat", "/nowhere"], cwd=tmp_path)


def test_a_launch_may_be_repeated_and_what_is_made_is_made_anew(tmp_path) -> None:
    (tmp_path / "from").write_bytes(b"x")
    run = hosted.run([stdio_peers.built("launch"), "3", "to", "ln", "from", "to"], cwd=tmp_path)
    assert run.seconds > 0 and (tmp_path / "to").samefile(tmp_path / "from")
    with pytest.raises(hosted.Problem, match="launch: ln: it failed"):
        hosted.run([stdio_peers.built("launch"), "1", "", "ln", "from", "to"], cwd=tmp_path)


def test_a_case_may_be_repeated_as_a_whole(peer, tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"\x01\x02")
    assert peer("read", "file", "--rounds", "3").output == said(b"\x01\x02" * 3)
    piece = ("random", "file", "--reads", "2", "--size", "1", "--seed", "3")
    once, four = peer(*piece).output, peer(*piece, "--rounds", "4").output
    assert " bytes 2 " in once and " bytes 8 " in four


def test_a_file_that_is_read_again_is_opened_once(tmp_path) -> None:
    (tmp_path / "file").write_bytes(bytes(100_000))
    for name in stdio_peers.WAYS:
        found = stdio_peers.way(name)
        traced = process.run(["strace", "-e", "openat", found.program, *found.words, "again", "file",
                              "--times", "3"], cwd=tmp_path)
        assert traced.stderr.count('"file"') == 1, traced.stderr

@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 20_000_001])
def test_the_ring_copies_every_byte(tmp_path, size) -> None:
    if why := stdio_peers.why_not("uring_cp"):
        pytest.skip(why)
    (tmp_path / "from").write_bytes(os.urandom(size))
    hosted.run([stdio_peers.built("uring_cp"), "from", "to"], cwd=tmp_path)
    assert (tmp_path / "to").read_bytes() == (tmp_path / "from").read_bytes()


@pytest.mark.parametrize("word", stdio_advice.WORDS)
@pytest.mark.parametrize("size", [1, 70_001])
def test_no_word_to_the_kernel_changes_the_sum(tmp_path, word, size) -> None:
    content = random.Random(size).randbytes(size)
    (tmp_path / "file").write_bytes(content)
    found = stdio_peers.word(word)
    run = hosted.run([found.program, *found.words, "file"], cwd=tmp_path)
    assert run.output == said(content).replace(" tokens 0", "") and run.seconds > 0


def test_jumps_are_as_many_as_are_asked_for(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"\x01")
    run = hosted.run([stdio_peers.built("words"), "huge", "file", "7"], cwd=tmp_path)
    assert run.output.split()[-1] == "7"


def test_each_word_is_what_its_name_says(tmp_path) -> None:
    (tmp_path / "file").write_bytes(bytes(100_000))
    for word, says in stdio_advice.WORDS.items():
        found = stdio_peers.word(word)
        traced = process.run(["strace", "-e", "fadvise64,madvise", found.program, word, "file"],
                             cwd=tmp_path, env=hosted.environment(tmp_path / "counters"))
        lines = [line for line in traced.stderr.splitlines() if "advise" in line]
        assert len(lines) == (0 if says.startswith("nothing") else 1), traced.stderr
        assert all(f"{says}) = 0" in line for line in lines), traced.stderr


@pytest.mark.parametrize("words, says", [
    (("huge", "nowhere"), "huge of nowhere: No such file"), (("loud", "file"), "words nothing|"),
    (("huge", "empty"), "huge of empty: Invalid argument")])
def test_a_word_that_cannot_be_said_is_an_error(tmp_path, words, says) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "empty").touch()
    with pytest.raises(hosted.Problem, match=says.replace("|", r"\|")):
        hosted.run([stdio_peers.built("words"), *words], cwd=tmp_path)


def test_the_floor_has_the_bytes_before_the_clock_starts_and_a_copy_has_none(tmp_path) -> None:
    (tmp_path / "file").write_bytes(bytes(1000))
    files = Files("one", tmp_path, ("file",), "", stdio_inputs.READ[:1] + ("file",), 1000, 1000)
    above = stdio_part.of_peer(stdio_peers.way("fread"), files)
    assert above.floor().name == "floor"
    assert above.floor().run().output == above.run().output
    copies = Files("copy", tmp_path, ("file",), "", ("copy", "file", "{to}"), 1000, 1000)
    assert stdio_part.of_peer(stdio_peers.way("fread"), copies).floor() is None
