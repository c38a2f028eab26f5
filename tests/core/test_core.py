"""The core library keeps its headers' promises: with gcc and with clang, under ASan and UBSan.

A claim is a CLAIM() in one of this directory's C files. What Python knows better than C
(zlib's CRC, the names of errors) is checked here.
"""
from __future__ import annotations

import errno
import random
import re
import subprocess
import zlib
from pathlib import Path

import pytest

from toolchain import COMPILERS, CORE, compile_c, must_compile
from measure import steps

HERE = Path(__file__).resolve().parent
ERR_H = steps.ROOT / "src/core/err.h"
CLAIMS = [c for f in sorted(HERE.glob("*.c"))
          for c in re.findall(r"^CLAIM\((\w+)\)", f.read_text(), re.MULTILINE)]


@pytest.fixture(scope="session", params=COMPILERS)
def cc(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def programs(cc: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each of programs/, and the claims, linked with the hosted core library."""
    out = tmp_path_factory.mktemp(f"core-{cc}")
    sources = {p.stem: [p] for p in (HERE / "programs").glob("*.c")}
    sources["claims"] = sorted(HERE.glob("*.c"))
    for name, files in sources.items():
        core = ["src/core/count.c"] if name == "nothing_counted" else CORE
        must_compile("host", cc, *files, *core, "-o", out / name)
    return {name: out / name for name in sources}


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim(claim: str, programs: dict[str, Path], run) -> None:
    done = run([programs["claims"], claim])
    assert done.returncode == 0, f"{claim}: not so\n{done.stderr}"


# --- sums ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sums(programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory):
    """[(bytes, crc32 by the core library, hash_bytes by it)] for many ranges of seeded bytes."""
    rng = random.Random(1)
    data = rng.randbytes(70_000)
    ranges = []
    for length in [*range(70), 4095, 4096, 4097, 65536]:
        for _ in range(3):
            offset = rng.choice([len(data) - length, rng.randrange(len(data) - length + 1)])
            ranges.append((offset, length, rng.randrange(length + 1)))
    lines = tmp_path_factory.mktemp("sums") / "ranges"
    lines.write_text("".join(f"{o} {n} {s}\n" for o, n, s in ranges))
    done = subprocess.run([programs["sums"], lines], input=data, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    printed = [line.split() for line in done.stdout.decode().splitlines()]
    assert len(printed) == len(ranges)
    return [(data[o:o + n], int(crc, 16), int(fnv, 16))
            for (o, n, _), (crc, fnv) in zip(ranges, printed)]


def test_crc32_is_zlibs_in_one_piece_or_two(sums) -> None:
    for data, crc, _ in sums:
        assert crc == zlib.crc32(data), f"{len(data)} bytes"


def fnv1a(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    h = 0xcbf29ce484222325
    for b in data:
        h = (h ^ b) * 0x100000001b3 % 2**64
    return h


def test_hash_bytes_is_fnv_1a(sums) -> None:
    # The hash's authors publish these two; they hold for the oracle, and it for the library.
    assert fnv1a(b"a") == 0xaf63dc4c8601ec8c and fnv1a(b"foobar") == 0x85944171f73967e8
    for data, _, fnv in sums:
        assert fnv == fnv1a(data), f"{len(data)} bytes"


# --- errors ----------------------------------------------------------------------------------


@pytest.fixture
def told(programs: dict[str, Path], run) -> dict[int, tuple[str, str]]:
    """What err_name() and err_text() say, by number."""
    lines = run([programs["errors"]]).stdout.splitlines()
    split = (line.split(" ", 2) for line in lines)
    return {int(number): (name, text) for number, name, text in split}


def bare_errors() -> dict[str, int]:
    """The errors that err.h names for the kernel."""
    return {name: int(n) for name, n in re.findall(r"^\t(E\w+) = (\d+),", ERR_H.read_text(), re.M)}


def test_the_kernels_errors_are_linuxs() -> None:
    assert bare_errors()
    assert bare_errors() == {name: getattr(errno, name) for name in bare_errors()}


def test_every_error_in_the_header_has_its_name_and_words(told) -> None:
    for name, number in bare_errors().items():
        assert told[-number][0] == name
        assert told[number] == told[-number]
        assert told[number][1] != "unknown error", name
    texts = [told[n][1] for n in bare_errors().values()]
    assert len(set(texts)) == len(texts), "two errors with the same words"


def test_other_numbers_are_no_errors_of_ours(told) -> None:
    ours = set(bare_errors().values())
    others = {n: t for n, t in told.items() if abs(n) not in ours}
    assert {0, 4096, -4096, 2**31 - 1, -2**31} <= set(others)
    assert set(others.values()) == {("E?", "unknown error")}


# --- counters, when there are none -----------------------------------------------------------


def test_a_program_without_counters_has_none(programs, run) -> None:
    assert run([programs["nothing_counted"]]).returncode == 0


@pytest.mark.parametrize("options", ["-O0", "-O3", "-static", "-no-pie", "-Wl,--gc-sections"])
def test_a_program_without_counters_has_none_however_it_is_linked(
        cc: str, options: str, tmp_path: Path, run) -> None:
    program = tmp_path / "nothing"
    done = run([cc, "-Isrc", *options.split(), HERE / "programs/nothing_counted.c",
                steps.ROOT / "src/core/count.c", "-o", program], cwd=steps.ROOT)
    assert done.returncode == 0, done.stderr
    assert run([program]).returncode == 0


# --- bare ------------------------------------------------------------------------------------


def test_bare_core_needs_nothing_but_mem_functions_and_strlen(cc: str, tmp_path: Path, run) -> None:
    objects = []
    for source in CORE:
        objects.append(tmp_path / f"{source.stem}.o")
        must_compile("kernel", cc, "-c", source, "-o", objects[-1])
    # One relocatable object: what the core's files want of each other is resolved in it.
    assert run(["ld", "-r", "-o", tmp_path / "core.o", *objects]).returncode == 0
    wanted = run(["nm", "-u", tmp_path / "core.o"]).stdout.split("\n")
    strong = {line.split()[1] for line in wanted if line.strip().startswith("U ")}
    assert strong, "nm found nothing at all: is it looking at the right file?"
    assert strong <= {"memcpy", "memmove", "memset", "memcmp", "strlen"}


@pytest.mark.parametrize("call, instruction", [
    ("count", "addq"), ("count_shared", "lock addq")])
def test_counting_is_one_add(call: str, instruction: str, cc: str, tmp_path: Path) -> None:
    source = tmp_path / "add.c"
    source.write_text('#include "core/count.h"\nCOUNTER(c, "a.b");\n'
                      f"void add(uint64_t n);\nvoid add(uint64_t n)\n{{\n\t{call}(&c, n);\n}}\n")
    must_compile("kernel", cc, "-S", source, "-o", tmp_path / "add.s")
    body = re.search(r"^add:.*?\n(.*?)^\s*ret", (tmp_path / "add.s").read_text(), re.M | re.S)[1]
    code = [line.strip() for line in body.splitlines() if re.match(r"\t[a-z]", line)]
    assert [re.sub(r"\s+", " ", line).rpartition(" %rdi")[0] for line in code] == [instruction], body


# --- banned ----------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [
    "strcpy(a, b)", "strcat(a, b)", "sprintf(a, b)", "strncpy(a, b, 3)", "strncat(a, b, 3)",
    "strtok(a, b)", "gets(a)", "atoi(b)", "atol(b)"])
def test_a_banned_call_does_not_compile(cc: str, call: str, tmp_path: Path) -> None:
    source = tmp_path / "call.c"
    source.write_text("#include <string.h>\nvoid f(char *a, const char *b);\n"
                      f"void f(char *a, const char *b)\n{{\n\t(void)({call});\n}}\n")
    done = compile_c("host", cc, "-fsyntax-only", source)
    assert done.returncode != 0 and "poisoned" in done.stderr, done.stderr
