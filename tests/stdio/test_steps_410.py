"""Step 410: frames read as what is in them, and what is no good frame refused by name and place."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import frames
from conftest import SANITIZED, pattern

pytestmark = pytest.mark.from_step(410)

CONTENT = pattern(300_000)
FRAMES = {
    "lz4": frames.lz4(CONTENT), "lz4 of no size or sums": frames.lz4(CONTENT, False, False),
    "zstd": frames.zstd(CONTENT), "zstd of no size": frames.zstd(CONTENT, False),
    "several": frames.lz4(CONTENT[:7]) + frames.skippable(b"ignored") + frames.zstd(CONTENT[7:]),
    "behind one that is skipped": frames.skippable(b"") + frames.lz4(CONTENT),
}
both = pytest.mark.parametrize("frame", [frames.lz4(CONTENT), frames.zstd(CONTENT)],
                               ids=["lz4", "zstd"])


@pytest.fixture
def cat(asan, spawn):
    """What `stage cat` gives for these bytes, as bytes; never by a sanitizer's leave."""
    def run_cat(data: bytes, *options: str) -> subprocess.CompletedProcess:
        Path("file").write_bytes(data)
        words = [asan / "stage", "cat", *options, "file"]
        program = spawn(words, env=SANITIZED, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, errors = program.communicate(timeout=60)
        assert program.returncode != 99, errors
        return subprocess.CompletedProcess(words, program.returncode, out, errors)
    return run_cat


@pytest.fixture
def decoded(cat):
    return lambda data, *options: cat(data, "--decode", *options)


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_read_as_what_is_in_them(step, decoded, kind):
    done = decoded(FRAMES[kind])
    assert (done.returncode, done.stdout) == (0, CONTENT), done.stderr


@pytest.mark.parametrize("program", ["lz4", "zstd"])
@pytest.mark.parametrize("options", [[], ["-9"], ["--no-frame-crc", "-BD"], ["-B4", "-BX"]])
def test_what_the_formats_own_programs_write_is_read(step, decoded, program, options):
    if not shutil.which(program):
        pytest.skip(f"there is no {program}")
    if program == "zstd" and any(o.startswith(("-B", "--no")) for o in options):
        options = ["--no-check"]
    text = b"".join(b"line %d of many\n" % i for i in range(60_000))
    packed = subprocess.run([program, "-q", "-c", *options], input=text, capture_output=True,
                            check=True).stdout
    assert decoded(packed).stdout == text


def test_compressed_blocks_repeat_what_came_before(step, decoded):
    assert decoded(frames.lz4_zeroes(1_000_000)).stdout == bytes(1_000_000)
    assert decoded(frames.zstd_zeroes(8)).stdout == bytes(1 << 20)


@pytest.mark.parametrize("content", [b"", b"abc", b"plain\n", CONTENT],
                         ids=["empty", "shorter than a magic", "a line", "long"])
def test_a_file_that_is_no_frame_is_read_as_it_is(step, decoded, content):
    assert decoded(content).stdout == content


@both
def test_without_the_flag_a_frame_is_a_file(step, cat, frame):
    assert cat(frame).stdout == frame


@both
def test_a_frame_cut_anywhere_is_never_taken_for_whole(step, decoded, frame):
    for n in (*range(4, 40), len(frame) // 2, len(frame) - 5, len(frame) - 1):
        done = decoded(frame[:n])
        assert done.returncode and not done.stdout, f"cut at {n}"


def test_a_frame_of_an_old_version_is_named_as_one(step, decoded):
    done = decoded(b"\x02\x21\x4c\x18" + bytes(20))
    assert done.returncode and not done.stdout
    assert "file: offset 0: a frame of an old version" in done.stderr.decode()


def test_damage_is_named_with_its_place(step, decoded):
    frame = bytearray(frames.lz4(CONTENT))
    begin = len(frames.lz4_header(0))
    frame[begin + 4 + 1000] ^= 1
    done = decoded(bytes(frame))
    assert done.returncode and not done.stdout
    assert re.search(rf"file: offset {begin}: a block's checksum is wrong", done.stderr.decode())


def lz4_that_says(size: int) -> bytes:
    """CONTENT, in a frame that claims another size."""
    return frames.lz4_header(size) + frames.lz4(CONTENT)[len(frames.lz4_header(0)):]


DAMAGED = {  # how, and where that is seen
    "a header's sum": (lambda f: f[:14] + bytes([f[14] ^ 1]) + f[15:], 0, "header's checksum"),
    "the frame's sum": (lambda f: f[:-1] + bytes([f[-1] ^ 1]), -4, "the frame's checksum"),
    "a size too small": (lambda f: lz4_that_says(10), 15, "more bytes than the frame says"),
    "a size too large": (lambda f: lz4_that_says(len(CONTENT) + 1), -4, "not as many bytes"),
    "a block too large": (lambda f: f[:15] + b"\xff" * 4 + f[19:], 15, "a size that it cannot"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_whatever_contradicts_itself_is_refused_where_it_does(step, decoded, kind):
    harm, at, what = DAMAGED[kind]
    frame = harm(frames.lz4(CONTENT))
    done = decoded(frame)
    assert done.returncode and not done.stdout
    offset = at % len(frame) if at < 0 else at
    assert f"file: offset {offset}: " in done.stderr.decode() and what in done.stderr.decode()


def test_bytes_behind_the_last_frame_are_damage(step, decoded):
    done = decoded(frames.zstd(b"x") + b"more bytes")
    assert done.returncode and b"neither the end nor another frame" in done.stderr


@pytest.mark.parametrize("bomb", [frames.zstd_zeroes(16384), frames.lz4_zeroes(4 << 20)],
                         ids=["zstd", "lz4"])
def test_a_bomb_is_refused_before_it_is_decoded(step, decoded, bomb):
    done = decoded(bomb, "--memory", "3M")
    assert done.returncode and not done.stdout
    assert b"limit" in done.stderr


def test_a_size_that_is_a_lie_is_refused(step, decoded):
    liar = frames.zstd_header(1 << 60) + frames.zstd_block(0, 1, b"x", last=True)
    done = decoded(liar)
    assert done.returncode and b"more bytes than its blocks can hold" in done.stderr


def test_the_fuzzer_takes_its_seeds_and_finds_nothing_for_a_while(step, build_goal, search, tmp_path):
    fuzzer = build_goal("fuzz-frames") / "fuzz/frames"
    for name, frame in frames.SEEDS.items():
        (tmp_path / name).write_bytes(frame)
    done = search(fuzzer, 20000, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
