"""What part 4 reads: files of random bytes, small files, C-like text; and the machine's own.

A workload is one case of `stage bench`, warm: the files are read just before. The same name
with -cold behind it is the same case with none of the files' bytes in memory.
"""
from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from measure.contests import kept
from measure.problem import Problem
from kernel.measured import inputs

VERSION = 1  # raise it when the same seed begins to give other bytes
MB = 1_000_000
LIMIT_BYTES = 2_000 * MB   # of all that is made here
SPARE_BYTES = 1_000 * MB   # that a disk must have left
PIECE = 2**23
LIST = "list"              # in a folder of files: their names, one a line
COLD = "-cold"
HEADERS = Path("/usr/include")
LARGEST_HEADER = 200_000


@dataclass(frozen=True)
class Files:
    """What a workload reads, and how."""
    name: str                  # the workload's
    folder: Path               # where the files are, and the program runs
    files: tuple[str, ...]     # their names in it
    sha256: str
    arguments: tuple[str, ...]  # of `stage bench`; a destination is {to}
    delivered_bytes: int
    size_bytes: int
    cache: str = "warm"
    repeats: int = 1           # runs that one time is the median of
    substitute: bool = False

    @property
    def paths(self) -> list[Path]:
        return [self.folder / name for name in self.files]

    @property
    def path(self) -> Path:
        """The file, or the folder."""
        return self.paths[0] if len(self.files) == 1 else self.folder

    @property
    def copies(self) -> bool:
        return "{to}" in self.arguments


@dataclass(frozen=True)
class Workload:
    make: Callable[[], tuple[Path, str, tuple[str, ...]]]  # folder, SHA-256, the files in it
    case: tuple[str, ...]  # {file}: the first of the files
    size_bytes: int
    times: float = 1       # how often each byte is delivered
    repeats: int = 1


# --- made from a seed --------------------------------------------------------------------------


def random_file(to: Path, size: int, seed: int) -> None:
    """Bytes that no file system stores as a hole or packs; what one seed gives never changes."""
    source = numpy.random.PCG64(seed)
    with open(to, "wb") as f:
        for at in range(0, size, PIECE):
            n = min(PIECE, size - at)
            f.write(source.random_raw(-(-n // 8)).astype("<u8").tobytes()[:n])


def small_files(to: Path, count: int, size: int, seed: int) -> None:
    """`count` files of together exactly `size` bytes, a few large and many small."""
    rng = random.Random(seed)
    shares = [2 ** (rng.random() * 6) for _ in range(count)]
    ends = [round(size * sum(shares[:n + 1]) / sum(shares)) for n in range(count)]
    _write_folder(to, {f"{n:03}.bin": rng.randbytes(end - begin)
                       for n, (begin, end) in enumerate(zip([0, *ends], ends))})


def c_files(to: Path, count: int, size: int, seed: int) -> None:
    """`count` files of C-like text, about `size` bytes each."""
    rng = random.Random(seed)
    _write_folder(to, {f"{n:02}.h": c_text(rng, size // 2 + rng.randrange(size))
                       for n in range(count)})


WORDS = ("buf", "count", "file", "flags", "head", "index", "len", "list", "mask", "next", "node",
         "offset", "page", "ptr", "range", "size", "state", "tail", "type", "value")
TYPES = ("int", "char", "unsigned", "long", "size_t", "uint32_t", "void *", "struct node *")
OPERATORS = ("+", "-", "*", "<<", ">>", "&", "|", "==", "!=", "<=", "&&")


def c_text(rng: random.Random, size: int) -> bytes:
    """At least `size` bytes of what headers are made of: comments, macros, structs, functions."""
    def name() -> str:
        return f"{pick(WORDS)}_{pick(WORDS)}{rng.randrange(100)}"

    def pick(among: tuple[str, ...]) -> str:
        return among[rng.randrange(len(among))]

    def value() -> str:
        return (name(), str(rng.randrange(10**6)), hex(rng.randrange(2**32)), f"'{pick(WORDS)[0]}'",
                f"{rng.randrange(1000)}.{rng.randrange(100)}e-3")[rng.randrange(5)]

    def words(n: int) -> str:
        return " ".join(pick(WORDS) for _ in range(n))

    makers = (
        lambda: f"/* {words(9)}:\n * {words(12)}.\n */\n",
        lambda: f"// {words(7)}\n#define {name().upper()}(x) ((x) {pick(OPERATORS)} {value()})\n",
        lambda: f'static const char {name()}[] = "{words(4)}\\n\\"{pick(WORDS)}\\"";\n',
        lambda: f"struct {name()} {{\n" + "".join(f"\t{pick(TYPES)} {name()};\n" for _ in range(4))
                + "};\n\n",
        lambda: f"extern {pick(TYPES)} {name()}({pick(TYPES)} {name()}, {pick(TYPES)} {name()});\n",
        lambda: f"static inline int {name()}(int a)\n{{\n\tif (a {pick(OPERATORS)} {value()})\n"
                f"\t\treturn {value()} {pick(OPERATORS)} {value()};\n\treturn a->{name()};\n}}\n\n")
    text = ""
    while len(text) < size:
        text += makers[rng.randrange(len(makers))]()
    return text.encode()


def _write_folder(to: Path, files: dict[str, bytes]) -> None:
    to.mkdir()
    for name, content in files.items():
        (to / name).write_bytes(content)
    (to / LIST).write_text("".join(f"{name}\n" for name in files))


def _file(size: int, seed: int) -> Callable[[], tuple[Path, str, tuple[str, ...]]]:
    def make() -> tuple[Path, str, tuple[str, ...]]:
        name = f"stdio-{size // MB}m.bin"
        _check_room(name, size)
        path, sha256 = kept.cached(name, f"random v{VERSION}, size {size}, seed {seed}",
                                     lambda to: random_file(to, size, seed))
        return path.parent, sha256, (name,)
    return make


def one_file(name: str, size: int, case: tuple[str, ...], cache: str,
             repeats: Sequence[tuple[int, int]] = ()) -> Files:
    """A file of random bytes for an experiment; `repeats`: up to that size, so many runs."""
    mb, rest = divmod(size, MB)
    file, seed = (f"stdio-{size}.bin", size) if rest else (f"stdio-{mb}m.bin", mb)
    path, sha256 = kept.cached(file, f"random v{VERSION}, size {size}, seed {seed}",
                                 lambda to: random_file(to, size, seed))
    return Files(name, path.parent, (file,), sha256, arguments(case, file), size, size, cache,
                 next((n for most, n in repeats if size <= most), 1))


def _folder(name: str, about: str, fill: Callable[[Path], None]
            ) -> Callable[[], tuple[Path, str, tuple[str, ...]]]:
    def make() -> tuple[Path, str, tuple[str, ...]]:
        path, sha256 = kept.cached(name, f"{about}, v{VERSION}", fill)
        return path, sha256, (*(path / LIST).read_text().splitlines(), LIST)
    return make


def _check_room(name: str, size: int) -> None:
    """An input that is not there yet must leave the disk some room."""
    kept.INPUTS.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(kept.INPUTS).free
    if not (kept.INPUTS / name).exists() and free < size + SPARE_BYTES:
        raise Problem(f"{name} needs {size / MB:,.0f} MB and {SPARE_BYTES / MB:,.0f} MB to spare; "
                      f"{kept.INPUTS} has {free / MB:,.0f} MB left")


# --- the machine's own ---------------------------------------------------------------------------


def _bun() -> tuple[Path, str, tuple[str, ...]]:
    program = inputs.program("bun")
    return program.path.parent, program.sha256, (program.path.name,)


def _headers() -> tuple[Path, str, tuple[str, ...]]:
    """50 of the machine's C headers, of all sizes, in a folder of ours."""
    chosen = _evenly(sorted(p for p in HEADERS.rglob("*.h")
                            if p.is_file() and 1000 < p.stat().st_size < LARGEST_HEADER), 50)
    if not chosen:
        raise Problem(f"there are no C headers in {HEADERS}; `make setup` installs libc6-dev")
    about = hashlib.sha256("".join(f"{p} {p.stat().st_size} {p.stat().st_mtime_ns}\n"
                                   for p in chosen).encode()).hexdigest()
    return _folder("stdio-headers", f"{len(chosen)} headers, {about[:16]}",
                   lambda to: _write_folder(to, {f"{n:02}-{p.name}": p.read_bytes()
                                                 for n, p in enumerate(chosen)}))()


def _evenly(among: list[Path], count: int) -> list[Path]:
    return among if len(among) <= count else [among[n * len(among) // count] for n in range(count)]


# --- the workloads ---------------------------------------------------------------------------------


RANDOM = ("random", "{file}", "--reads", "1000", "--size", "4096", "--seed", "1")
READ, COPY = ("read", "{file}"), ("copy", "{file}", "{to}")
MANY, TOKENS = ("many", "--list", LIST), ("tokens", "--list", LIST)
AGAIN = ("again", "{file}", "--times", "100")

WORKLOADS = {
    "seq-100m": Workload(_file(100 * MB, 100), READ, 100 * MB),
    "random-64m": Workload(_file(64 * MB, 64), RANDOM, 64 * MB, 1000 * 4096 / (64 * MB), repeats=5),
    "random-1g": Workload(_file(1000 * MB, 1000), RANDOM, 1000 * MB, 1000 * 4096 / (1000 * MB)),
    "small-100": Workload(_folder("stdio-small", "100 files, 2 MB, seed 2",
                                  lambda to: small_files(to, 100, 2 * MB, seed=2)),
                          MANY, 2 * MB, repeats=9),
    "copy-64m": Workload(_file(64 * MB, 64), COPY, 64 * MB),
    "copy-500m": Workload(_file(500 * MB, 500), COPY, 500 * MB),
    "tokens-50": Workload(_folder("stdio-c-text", "50 files, about 20 kB each, seed 50",
                                  lambda to: c_files(to, 50, 20_000, seed=50)),
                          TOKENS, 0, repeats=3),
    "again-1m": Workload(_file(1 * MB, 1), AGAIN, 1 * MB, 100),
    "seq-bun": Workload(_bun, READ, 0),
    "tokens-headers": Workload(_headers, TOKENS, 0, repeats=3),
}
assert sum(w.size_bytes for w in WORKLOADS.values()) <= LIMIT_BYTES


def names() -> list[str]:
    return [name + suffix for name in WORKLOADS for suffix in ("", COLD)]


def workload(name: str) -> Files:
    """Its files, made if need be."""
    plain = name.removesuffix(COLD)
    if plain not in WORKLOADS:
        raise Problem(f"there is no workload {name}; there are: {', '.join(WORKLOADS)}; "
                      f"each also with {COLD} behind it")
    chosen = WORKLOADS[plain]
    folder, sha256, files = chosen.make()
    size = sum((folder / f).stat().st_size for f in files if f != LIST)
    return Files(name, folder, files, sha256, arguments(chosen.case, files[0]),
                 round(size * chosen.times), size, "cold" if name != plain else "warm",
                 chosen.repeats, substitute=files[0] != "bun.elf" and plain == "seq-bun")


def own_file(path: Path) -> Files:
    """Any file of the reader's own, read from its beginning to its end."""
    if not path.is_file():
        raise Problem(f"there is no file {path}")
    size = path.stat().st_size
    return Files(path.name, path.absolute().parent, (path.name,), kept.sha256_of(path),
                 arguments(READ, path.name), size, size)


def arguments(case: tuple[str, ...], file: str) -> tuple[str, ...]:
    return tuple(file if word == "{file}" else word for word in case)


def every_input() -> Iterator[Files]:
    return (workload(name) for name in WORKLOADS)
