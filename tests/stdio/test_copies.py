"""What a copy keeps, where it goes and what stays behind: compared with what GNU cp does."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import SANITIZED, pattern
from measure.machine import mounts

NOBODY, GAMES = 65534, 60
SIZE = 70_000
CONTENT = pattern(SIZE)
QUIET = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away and mount")


def posix_acl(*entries: tuple[int, int, int]) -> bytes:
    """As the kernel stores it: tag, rights, id."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


ANYBODY = 0xffffffff
ACL = posix_acl((1, 6, ANYBODY), (2, 6, GAMES), (4, 4, ANYBODY), (16, 6, ANYBODY), (32, 0, ANYBODY))


def old(owner: int = 0, group: int = 0, mode: int = 0o644) -> None:
    Path("to").write_bytes(b"old, and longer than nothing")
    os.chown("to", owner, group)
    os.chmod("to", mode)


def old_with(name: str, value: bytes) -> Callable[[], None]:
    def make() -> None:
        old()
        os.setxattr("to", name, value)
    return make


def new_in_folder_of_group() -> None:
    os.chown(".", 0, GAMES)
    os.chmod(".", 0o2777)


def new_below_default_acl() -> None:
    os.setxattr(".", "system.posix_acl_default", ACL)


def old_below_default_acl() -> None:
    old()
    new_below_default_acl()


def source_setuid() -> None:
    os.chmod("from", 0o6755)


def two_names() -> None:
    old()
    os.link("to", "second")


def folder_closed() -> None:
    old(NOBODY, NOBODY)
    os.chmod(".", 0o755)


AS_ROOT = {
    "new": lambda: None, "new, source setuid": source_setuid, "new, folder's group": new_in_folder_of_group,
    "new, folder's access list": new_below_default_acl, "plain": old,
    "games setgid": lambda: old(0, GAMES, 0o2755), "setuid": lambda: old(0, 0, 0o4755),
    "nobody's setuid": lambda: old(NOBODY, NOBODY, 0o6755), "other group": lambda: old(0, GAMES, 0o664),
    "read-only": lambda: old(0, 0, 0o444), "nobody's": lambda: old(NOBODY, NOBODY),
    "attribute": old_with("user.note", b"kept"), "access list": old_with("system.posix_acl_access", ACL),
    "old, folder's access list": old_below_default_acl, "two names": two_names,
}
AS_NOBODY = {
    "new": lambda: None, "new, source setuid": source_setuid, "plain": lambda: old(NOBODY, NOBODY, 0o600),
    "read-only": lambda: old(NOBODY, NOBODY, 0o444), "setuid": lambda: old(NOBODY, NOBODY, 0o4755),
    "root's": old, "root's, for all to write": lambda: old(0, 0, 0o666),
    "root's setuid, for all to write": lambda: old(0, 0, 0o6777), "folder closed": folder_closed,
}


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def seen(name: str) -> dict[str, object]:
    """What there is to see of a file; and that nothing else lies beside it."""
    found: dict[str, object] = {"names": sorted(os.listdir("."))}
    if os.path.exists(name):
        st = os.stat(name)
        found |= {"owner": (st.st_uid, st.st_gid), "mode": oct(st.st_mode),
                  "attributes": {key: os.getxattr(name, key) for key in os.listxattr(name)},
                  "bytes": Path(name).read_bytes()}
    return found


@pytest.fixture
def compared(plain, run):
    """A situation, made twice: what cp makes of it, and what ours does, both as this user."""
    def compare(make: Callable[[], None], user: int | None = None) -> list[tuple[bool, dict]]:
        results = []
        for name, command in (("cp", ["/bin/cp"]), ("stage", ["./program", "cp"])):
            folder = Path(name)
            folder.mkdir()
            folder.chmod(0o777)  # another user is in it, although not above
            with inside(folder):
                shutil.copy(plain / "stage", "program")
                Path("from").write_bytes(CONTENT)
                make()
                who = {} if user is None else {"user": user, "group": user, "extra_groups": []}
                done = run([*command, "from", "to"], env=QUIET, **who)
                results.append((done.returncode == 0, seen("to")))
        return results
    return compare


@root_only
@pytest.mark.parametrize("situation", AS_ROOT)
def test_root_s_copy_keeps_what_cp_keeps(step, compared, situation):
    theirs, ours = compared(AS_ROOT[situation])
    assert ours == theirs


@root_only
@pytest.mark.parametrize("situation", AS_NOBODY)
def test_anybody_s_copy_keeps_what_cp_keeps_and_is_refused_where_cp_is(step, compared, situation):
    theirs, ours = compared(AS_NOBODY[situation], NOBODY)
    assert ours == theirs


# --- what cp can do ----------------------------------------------------------------------------


@pytest.mark.parametrize("old_bytes", [None, b"old"])
def test_a_name_may_be_as_long_as_the_file_system_lets_it(step, stage, old_bytes):
    name = "n" * 255
    Path("from").write_bytes(CONTENT)
    if old_bytes:
        Path(name).write_bytes(old_bytes)
    assert stage("cp", "from", name).returncode == 0
    assert Path(name).read_bytes() == CONTENT


@contextmanager
def mounted(*words: object) -> Iterator[None]:
    subprocess.run(["mount", *map(str, words)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(words[-1])], check=True)


@root_only
@pytest.mark.parametrize("source", ["from", "pipe"])
def test_a_file_that_is_a_mount_point_is_written_in_place(step, stage, tmp_path, source):
    Path("from").write_bytes(CONTENT)
    Path("mounted").write_bytes(b"old")
    Path("to").touch()
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(CONTENT))
    if source == "pipe":
        writer.start()
    with mounted("--bind", "mounted", "to"):
        done = stage("cp", source, "to")
    if source == "pipe":
        writer.join(10)
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("mounted").read_bytes() == CONTENT and Path("to").read_bytes() == b""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["from", "mounted", "pipe", "to"]


@root_only
def test_a_disk_without_room_for_both_holds_the_new_one_and_without_room_for_it_the_old_one(
        step, stage):
    Path("disk").mkdir()
    Path("from").write_bytes(pattern(700_000))
    Path("large").write_bytes(pattern(1_500_000))
    with mounted("-t", "tmpfs", "-o", "size=1M", "none", "disk"):
        Path("disk/to").write_bytes(bytes(600_000))
        assert stage("cp", "large", "disk/to").returncode == 1
        assert Path("disk/to").read_bytes() == bytes(600_000)
        done = stage("cp", "from", "disk/to")
        assert (done.returncode, done.stderr) == (0, "")
        assert Path("disk/to").read_bytes() == pattern(700_000)
        assert os.listdir("disk") == ["to"]


# --- holes -------------------------------------------------------------------------------------


ISLANDS = {"begin": [0], "middle": [100_000_000], "end": [200_000_000 - 5], "none": [],
           "many": [0, 70_000_000, 70_100_000, 150_000_000, 200_000_000 - 5]}


@contextmanager
def file_system(kind: str, here: Path) -> Iterator[Path]:
    if kind in mounts.MKFS:
        if why := mounts.why_not(kind):
            pytest.skip(why)
        with mounts.mounted(kind, 2**20) as root:
            yield root
        return
    if os.geteuid() != 0:
        pytest.skip("only root may mount")
    root = here / "root"
    root.mkdir()
    if kind == "tmpfs":
        with mounted("-t", "tmpfs", "none", root):
            yield root
        return
    layers = here / "layers"
    layers.mkdir()
    with mounted("-t", "tmpfs", "none", layers):
        for name in ("lower", "upper", "work"):
            (layers / name).mkdir()
        options = f"lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work"
        with mounted("-t", "overlay", "-o", options, "none", root):
            yield root


@pytest.mark.parametrize("kind", ["ext4", "tmpfs", "overlay", "xfs", "btrfs"])
def test_holes_stay_holes(step, plain, run, tmp_path, kind):
    with file_system(kind, tmp_path) as root:
        for name, islands in ISLANDS.items():
            source, target = root / f"{name}-from", root / f"{name}-to"
            with open(source, "wb") as f:
                f.truncate(200_000_000)
                for at in islands:
                    os.pwrite(f.fileno(), b"hello", at)
            done = run([plain / "stage", "cp", source, target], env=QUIET)
            assert (done.returncode, done.stderr) == (0, "")
            assert run(["cmp", source, target]).returncode == 0, name
            assert target.stat().st_blocks * 512 < 1_000_000, f"{name}: the copy is full"
            source.unlink()
            target.unlink()


# --- what ends a copy --------------------------------------------------------------------------


# SIGXFSZ is held back during a copy, as the header says, and has a test of its own.
ENDING = [s for s in signal.valid_signals() if s not in (
    signal.SIGCHLD, signal.SIGCONT, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU,
    signal.SIGURG, signal.SIGWINCH, signal.SIGXFSZ)]


@pytest.mark.parametrize("source", ["pipe", "/dev/zero"])
def test_whatever_signal_ends_a_copy_nothing_is_left_of_it(step, plain, spawn, tmp_path, source):
    os.mkfifo("pipe")
    Path("to").write_bytes(b"old")
    holder = os.open("pipe", os.O_RDWR)
    os.write(holder, b"begin")
    for sent in ENDING if source == "pipe" else [signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL]:
        program = spawn([plain / "stage", "cp", source, "to"], stderr=subprocess.PIPE, env=QUIET,
                        preexec_fn=lambda s=sent: s in (signal.SIGKILL,) or signal.signal(
                            s, signal.SIG_DFL))
        files = Path(f"/proc/{program.pid}/fd")
        while not any(" (deleted)" in link or ".part" in link for link in map(read_link, files.iterdir())):
            assert program.poll() is None, program.stderr.read()
        program.send_signal(sent)
        assert program.wait(30) == -sent, sent
        program.stderr.close()
        assert sorted(p.name for p in tmp_path.iterdir()) == ["pipe", "to"], sent
        assert Path("to").read_bytes() == b"old"
        os.write(holder, b"begin")
    os.close(holder)


def read_link(path: Path) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:
        return ""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGQUIT, signal.SIGALRM, signal.SIGUSR1])
def test_where_a_file_cannot_be_without_a_name_signals_leave_nothing_either(
        step, plain, spawn, tmp_path, sent):
    """The first open for writing, of a file without a name, is refused under strace."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    os.mkfifo("pipe")
    holder = os.open("pipe", os.O_RDWR)
    os.write(holder, b"begin")
    program = spawn(["strace", "-qq", "-o", "/dev/null", "-e", "trace=openat", "-e",
                     "inject=openat:error=EOPNOTSUPP:when=2", plain / "stage", "cp", "pipe", "to"],
                    stderr=subprocess.PIPE, env=QUIET,
                    preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL))
    while not (parts := list(tmp_path.glob(".stage-*.part"))):
        assert program.poll() is None, program.stderr.read()
    copier = int(parts[0].name.split("-")[1])
    while "pipe" in os.readlink(f"/proc/{copier}/fd/3") and not waits(copier):
        pass
    os.kill(copier, sent)
    assert program.wait(30) in (-sent, 128 + sent)
    program.stderr.close()
    assert [p.name for p in tmp_path.iterdir()] == ["pipe"]
    os.close(holder)


def waits(pid: int) -> bool:
    return " S " in Path(f"/proc/{pid}/stat").read_text() and "pipe" in Path(
        f"/proc/{pid}/wchan").read_text()


@pytest.mark.parametrize("words", [("cp", "from", "to"), ("cat", "from")])
def test_a_file_larger_than_the_limit_is_an_error_and_no_signal(step, plain, run, tmp_path, words):
    Path("from").write_bytes(CONTENT)
    Path("to").write_bytes(b"old")
    with open("out", "wb") as out:
        done = subprocess.run(["bash", "-c", 'ulimit -f 8; exec "$@"', "-", plain / "stage", *words],
                              stdout=out, stderr=subprocess.PIPE, text=True, env=QUIET, timeout=30)
    assert done.returncode == 1 and "File too large" in done.stderr
    assert Path("to").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["from", "out", "to"]


@pytest.mark.parametrize("says, answer", [
    (0, str(SIZE)), (5, "-ECANCELED"), (1, "-ECANCELED"), (-5, "-EIO"), (-4096, "-ECANCELED")])
def test_progress_goes_on_with_0_only_and_stops_with_an_error_only(step, asan, run, says, answer):
    Path("from").write_bytes(CONTENT)
    done = run([asan / "copying", "from", "to", str(says)], env=SANITIZED)
    assert (done.stdout, done.stderr) == (f"{answer}\n{answer}\n", "")


def test_a_program_that_copies_hears_of_its_limit_as_an_error(step, plain, asan, run):
    """It has not ignored SIGXFSZ, and nothing of it waits afterwards."""
    Path("from").write_bytes(CONTENT)
    done = run(["bash", "-c", 'ulimit -f 8; exec "$@"', "-", asan / "copying", "from", "to", "0"],
               env=SANITIZED)
    assert (done.returncode, done.stdout) == (0, "-EFBIG\n-EFBIG\n"), done.stderr


def test_standard_input_is_copied_to_a_file(step, plain):
    done = subprocess.run([plain / "stage", "cp", "-", "to"], input=CONTENT, capture_output=True,
                          timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
    assert Path("to").read_bytes() == CONTENT


def copied_input(plain: Path, stdin, to: str = "to", **popen) -> subprocess.CompletedProcess:
    """`stage cp - TO` with this as its standard input."""
    return subprocess.run([plain / "stage", "cp", "-", to], stdin=stdin, capture_output=True,
                          timeout=30, **popen)


@pytest.mark.parametrize("at", [0, 1, 5000, SIZE - 1, SIZE, SIZE + 5000])
def test_standard_input_is_copied_from_where_it_stands_and_left_behind_it(step, plain, at):
    """As by `cat > to`: who has read a line before, in a shell, wants the rest."""
    Path("from").write_bytes(CONTENT)
    with open("from", "rb", buffering=0) as source:
        source.seek(at)
        done = copied_input(plain, source)
        assert (done.returncode, done.stderr) == (0, b"")
        assert source.tell() == max(at, SIZE)
    assert Path("to").read_bytes() == CONTENT[at:]


def test_an_input_that_could_not_be_copied_is_left_where_it_was(step, plain):
    Path("from").write_bytes(CONTENT)
    with open("from", "rb", buffering=0) as source:
        source.seek(5000)
        assert copied_input(plain, source, "no/folder").returncode == 1
        assert source.tell() == 5000
        assert b"Invalid argument" in copied_input(plain, source, "from").stderr
        assert source.tell() == 5000
    assert Path("from").read_bytes() == CONTENT


def test_an_input_that_cannot_be_opened_by_any_name_is_copied(step, plain):
    """A socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(CONTENT[:5000])
        theirs.shutdown(socket.SHUT_WR)
        assert copied_input(plain, ours).stderr == b""
    assert Path("to").read_bytes() == CONTENT[:5000]


@root_only
def test_an_input_that_was_opened_by_somebody_else_is_copied(step, plain):
    """It is ours by its descriptor only: after sudo or su."""
    Path("secret").write_bytes(CONTENT)
    Path("secret").chmod(0o600)
    shutil.copy(plain / "stage", "/dev/shm/stage-as-nobody")
    try:
        os.chmod("/dev/shm/stage-as-nobody", 0o755)
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder, open("secret", "rb") as source:
            os.chown(folder, NOBODY, NOBODY)
            done = subprocess.run(["/dev/shm/stage-as-nobody", "cp", "-", f"{folder}/to"],
                                  stdin=source, capture_output=True, timeout=30, user=NOBODY,
                                  group=NOBODY, extra_groups=[])
            assert (done.returncode, done.stderr) == (0, b"")
            assert Path(folder, "to").read_bytes() == CONTENT
    finally:
        os.unlink("/dev/shm/stage-as-nobody")
