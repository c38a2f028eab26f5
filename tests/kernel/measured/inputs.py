"""What is loaded: programs made from a seed or fetched, and images that hold them."""
from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from measure.contests import kept
from measure.machine import process, talk
from measure.problem import Problem
from kernel.measured import images, programs

IN_IMAGE = "/bin/program"

BUN_PACKAGE = "@oven/bun-linux-x64"
BUN_VERSION = "1.4.5"
BUN_SIZE = 107_394_952
BUN_SHA256 = "f05d28a3862f4b84395c7fa32480b835dd47482e80b7e7a49a115227f0c06083"
FETCH_LIMIT_SECONDS = 900
SECTOR = 512  # QEMU's io_uring never ends a read behind a file that ends within a sector
LARGEST_GUEST_MIB = 4096  # the kernel leaves memory above 4 GiB alone
LARGEST_BYTES = 200 * 2**20  # a program must fit the guest twice: its pages, and its image in parts
SYSTEM_FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/local", "/opt")


@dataclass(frozen=True)
class Program:
    """An ELF file to load."""
    name: str  # the workload's
    path: Path
    sha256: str
    memory_mib: int  # the guest's
    substitute: bool = False  # it stands in for what could not be had

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size

    @property
    def delivered_bytes(self) -> int:
        """How many of its bytes get into memory."""
        return programs.file_bytes(programs.load_segments(self.path))


@dataclass(frozen=True)
class Disk:
    """An image with a program in it."""
    path: Path
    sha256: str
    file: str   # where in the image the program is
    about: str  # "ext2, 1 KiB blocks"


@dataclass(frozen=True)
class Workload:
    make: Callable[[], tuple[Path, str, bool]]  # path, SHA-256, is it a substitute?
    memory_mib: int
    real: bool = False  # real programs may be fetched, and are compared with x00 too


# --- programs ----------------------------------------------------------------------------------


def seeded(name: str, size: int, seed: int) -> tuple[Path, str]:
    """A made-up program: its path and its SHA-256."""
    recipe = f"program v{programs.VERSION}, size {size}, seed {seed}"
    return kept.cached(f"{name}.elf", recipe, lambda to: programs.elf_from_seed(to, size, seed))


def _seeded(name: str, size: int, seed: int) -> Callable[[], tuple[Path, str, bool]]:
    return lambda: (*seeded(name, size, seed), False)


def _bun() -> tuple[Path, str, bool]:
    """The bun executable out of its npm package, else the largest program of this machine."""
    try:
        return *kept.cached("bun.elf", f"{BUN_PACKAGE}@{BUN_VERSION}", _fetch_bun), False
    except Problem as e:
        largest = largest_program(SYSTEM_FOLDERS)
        talk.note(f"bun could not be fetched ({e}); instead: the largest program here, "
                  f"{largest}, {largest.stat().st_size:,} bytes")
        return largest, kept.sha256_of(largest), True


def _fetch_bun(to: Path) -> None:
    package = f"{BUN_PACKAGE}@{BUN_VERSION}"
    with talk.waiting(f"Fetching {package} through npm (35 MB, once)") as tell:
        done = process.run(["npm", "pack", "--ignore-scripts", package], cwd=to.parent,
                           limit_seconds=FETCH_LIMIT_SECONDS)
        packed = list(to.parent.glob("*.tgz"))
        if done.returncode or len(packed) != 1:
            code = re.search(r"code (\w+)", done.stderr)
            raise Problem(f"npm pack {package}: {code[1] if code else 'no package came'}")
        tell("Unpacking bun")
        with tarfile.open(packed[0]) as tar, open(to, "wb") as f:
            try:
                shutil.copyfileobj(tar.extractfile("package/bin/bun"), f, 2**20)
            except KeyError:
                raise Problem(f"{package} holds no bin/bun") from None
    if to.stat().st_size != BUN_SIZE or kept.sha256_of(to) != BUN_SHA256:
        raise Problem(f"{package} holds another file of {to.stat().st_size:,} bytes; expected: "
                      f"{BUN_SIZE:,} bytes, SHA-256 {BUN_SHA256}")
    to.chmod(0o755)


def largest_program(folders: tuple[str, ...] | list[Path]) -> Path:
    """The largest x86-64 program or shared library below the folders that a guest can hold."""
    sizes: dict[Path, int] = {}
    for folder in folders:
        for at, _, names in os.walk(folder):
            for path in (Path(at, n) for n in names):
                if path.is_file() and not path.is_symlink():
                    sizes[path] = path.stat().st_size
    for path in sorted(sizes, key=lambda p: (-sizes[p], p)):
        with contextlib.suppress(Problem, OSError):
            if programs.memory_bytes(programs.load_segments(path)) <= LARGEST_BYTES:
                return path
    raise Problem(f"no x86-64 program in {', '.join(map(str, folders))}")


WORKLOADS = {
    "elf-24m": Workload(_seeded("elf-24m", 24 * 2**20, seed=24), memory_mib=128),
    "elf-89m": Workload(_seeded("elf-89m", 89 * 2**20, seed=89), memory_mib=512),
    "bun": Workload(_bun, memory_mib=512, real=True),
}


def workload(name: str) -> Workload:
    if name not in WORKLOADS:
        raise Problem(f"there is no workload {name}; there are: {', '.join(WORKLOADS)}")
    return WORKLOADS[name]


def program(name: str) -> Program:
    """The program of a workload, made or fetched if need be."""
    chosen = workload(name)
    path, sha256, substitute = chosen.make()
    return Program(name, path, sha256, chosen.memory_mib, substitute)


def _check_regular(path: Path, what: str) -> None:
    if not path.exists():
        raise Problem(f"there is no {what} {path}")
    kinds = {"a directory": path.is_dir(), "a block device": path.is_block_device()}
    if not path.is_file():
        kind = next((k for k, is_it in kinds.items() if is_it), "no regular file")
        raise Problem(f"{path} is {kind}; what is wanted is a file with the {what} in it")


def own_program(path: Path) -> Program:
    """Any ELF file of the reader's own."""
    _check_regular(path, "program")
    segments = programs.load_segments(path)
    if programs.memory_bytes(segments) >= LARGEST_GUEST_MIB * 2**20:
        most = max(segments, key=lambda s: s.memory_size)
        raise Problem(f"{path}: its segment at {most.address:#x} has {most.memory_size:,} bytes of "
                      f"memory; a guest has {LARGEST_GUEST_MIB:,} MiB at most")
    needed = 2 * programs.memory_bytes(segments) / 2**20 + 64
    memory_mib = 128
    while memory_mib < min(needed, LARGEST_GUEST_MIB):
        memory_mib *= 2
    return Program(path.name, path.absolute(), kept.sha256_of(path), memory_mib)


# --- images ------------------------------------------------------------------------------------


def disk(program: Program, options: dict) -> Disk:
    """An image with the program at /bin/program, made with the options of step.toml's [measured]."""
    known = program.name in WORKLOADS and not program.substitute
    name = program.name if known else f"own-{program.sha256[:12]}"
    kind = "-".join(str(v) for v in (options.get("type", "ext2"), options.get("block_size", 1024)))
    recipe = (f"image v{images.VERSION}, {json.dumps(options, sort_keys=True)}, "
              f"program {program.sha256}")
    path, sha256 = kept.cached(f"{name}.{kind}.img", recipe,
                          lambda to: images.make_image(to, {IN_IMAGE: program.path}, **options))
    return Disk(path, sha256, IN_IMAGE, images.describe(options))


def plain_disk(program: Program) -> Disk:
    """A disk that is the program, without a file system: whole sectors, zeroes behind the end."""
    def padded(to: Path) -> None:
        shutil.copyfile(program.path, to)
        os.truncate(to, -(-program.size_bytes // SECTOR) * SECTOR)

    path, sha256 = kept.cached(f"own-{program.sha256[:12]}.plain.img", f"sectors of {program.sha256}",
                          padded)
    return Disk(path, sha256, "", "the program itself")


def _extracted(image: Path, file: str) -> Path:
    """A copy of the file, under a name that no other content has: another run's stays as it is."""
    kept.INPUTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.INPUTS, prefix=".extracted.") as scratch:
        made = Path(scratch) / "program"
        images.extract(image, file, made)
        to = kept.INPUTS / f"own-{kept.sha256_of(made)[:12]}.elf"
        os.replace(made, to)
    return to


def own_disk(image: Path, file: str) -> tuple[Program, Disk]:
    """An image of the reader's own, and the program at the absolute path `file` in it."""
    _check_regular(image, "image")
    if image.stat().st_size % SECTOR:
        raise Problem(f"{image} is no disk image: its size is no multiple of {SECTOR} bytes")
    program = replace(own_program(_extracted(image, file)), name=Path(file).name)
    return program, Disk(image.absolute(), kept.sha256_of(image), file, image.name)
