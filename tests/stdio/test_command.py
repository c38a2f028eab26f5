"""The stage command, as a shell meets it."""
from __future__ import annotations

import json
import os
import pty
import signal
import stat
import subprocess
import zlib
from pathlib import Path

import pytest

from conftest import MODES, pattern

TEXT = b"int main(void) { return 0x1F + .5e-3; } // done\n"


@pytest.mark.parametrize("mode", MODES)
def test_cat_writes_the_bytes_in_every_mode(step, plain, mode):
    content = pattern(200_003)
    Path("file").write_bytes(content)
    done = subprocess.run([plain / "stage", "cat", "--mode", mode, "file", "-", "file"],
                          input=b"between", capture_output=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, content + b"between" + content)


def test_sum_is_zlib_s_and_says_so_in_json_too(step, stage):
    Path("fi\"le").write_bytes(pattern(10_000))
    crc = f"{zlib.crc32(pattern(10_000)):08x}"
    assert stage("sum", "fi\"le").stdout == f"{crc} 10000 fi\"le\n"
    assert json.loads(stage("sum", "--json", "fi\"le").stdout) == {
        "crc32": crc, "bytes": 10_000, "path": "fi\"le"}


def test_count_counts_as_wc_does(step, stage, run):
    Path("text").write_bytes(b"one two\n\n three\tfour \x0b five\nsix")
    assert stage("count", "text").stdout.split()[:3] == run(["wc", "text"]).stdout.split()[:3]


@pytest.mark.parametrize("text, counts", [
    (TEXT, (4, 2, 0, 1, 6)),
    (b"a->b ++ -- <<= >>= ... a..b .5 5. x+++y", (6, 2, 0, 0, 10)),
    (b'"a\\"b" \'\\\'\' L"x" "/* no */"', (1, 0, 4, 0, 0)),
    (b"/* a * / ** b */ // c \\\n still\n/**/x/y", (2, 0, 0, 3, 1)),
    (b"0x1p-3 1e+5 1+2 0b11 '000", (0, 5, 1, 0, 1)),
    (b"#define f(x) x##x", (5, 0, 0, 0, 4)),
    (b"/", (0, 0, 0, 0, 1)),
    (b"..", (0, 0, 0, 0, 2)),
    (b"", (0, 0, 0, 0, 0)),
])
def test_tokens_are_those_of_c(step, stage, text, counts):
    Path("x.c").write_bytes(text)
    found = json.loads(stage("count", "--json", "x.c").stdout)
    kinds = ("identifiers", "numbers", "strings", "comments", "operators")
    assert tuple(found[kind] for kind in kinds) == counts


def test_tokens_are_the_same_wherever_the_text_is_cut(step, plain, run):
    """count reads pieces, bench tokens sees all of it at once."""
    Path("x.c").write_bytes((TEXT * 3 + b"/* a comment \\ * / over many pieces **/ x\n") * 700)
    counted = run([plain / "stage", "count", "x.c"]).stdout.split()[3]
    assert run([plain / "stage", "bench", "tokens", "x.c"]).stdout.split()[-1] == counted


@pytest.mark.parametrize("words, says", [
    ([], "what shall I do?"), (["frobnicate"], "no such verb: frobnicate"),
    (["cat", "--mode", "fast", "x"], "fast: no mode"), (["cat", "--mode"], "--mode: needs a value"),
    (["cp", "one"], "not enough arguments for: cp"), (["cp", "a", "b", "c"], "cp copies one file"),
    (["sum", "--memory", "lots", "x"], "lots: not a number"), (["cat", "--size", "3"], "no such option"),
    (["bench", "fly"], "bench fly: no such case"), (["bench", "read"], "not as many files"),
    (["bench", "read", "x", "--size", "0"], "--size: 0 bytes"),
    (["sum", "--json=yes", "x"], "no such option here"),
])
def test_a_usage_error_is_one_line_and_status_2(step, stage, words, says):
    done = stage(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr and done.stderr.count("\n") == 1


def test_a_missing_file_is_named_and_the_others_are_still_read(step, stage):
    Path("there").write_bytes(b"here\n")
    done = stage("cat", "missing", "there", "/")
    assert (done.returncode, done.stdout) == (1, "here\n")
    assert done.stderr == ("stage: missing: No such file or directory\n"
                           "stage: /: Is a directory\n")


def test_stat_says_how_a_file_would_be_read_and_how_large_it_is(step, stage):
    Path("file").write_bytes(bytes(1000))
    done = stage("stat", "--mode", "none", "file", "/", "/proc/version")
    assert done.stdout == "none, 1000 bytes, file\nnone, no size, /proc/version\n"
    assert (done.returncode, done.stderr) == (1, "stage: /: Is a directory\n")
    as_json = json.loads(stage("stat", "--mode", "none", "--json", "file").stdout)
    assert as_json == {"mode": "none", "bytes": 1000, "held": 0, "path": "file"}


def test_output_that_cannot_be_written_is_an_error(step, plain):
    Path("file").write_bytes(b"x" * 10_000)
    for verb in ("cat", "sum"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([plain / "stage", verb, "file"], stdout=full, timeout=30,
                                  stderr=subprocess.PIPE)
        assert done.returncode == 1 and done.stderr.count(b"\n") == 1


def test_an_output_that_is_lost_when_it_is_closed_is_an_error(step, plain, run, tmp_path):
    """A full quota on a network is told then."""
    Path("file").write_bytes(b"x" * 10_000)
    for verb in ("cat", "sum"):
        with open("out", "wb") as out:
            done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-P", tmp_path / "out", "-e",
                                   "inject=close:error=EDQUOT", plain / "stage", verb, "file"],
                                  stdout=out, stderr=subprocess.PIPE, text=True, timeout=30)
        assert (done.returncode, done.stderr) == (
            1, "stage: standard output could not be written\n")


def test_who_writes_nothing_needs_no_output(step, plain):
    Path("file").write_bytes(b"x")
    for words, status in (("cp", "file", "to"), 0), (("cat", "file"), 1), (("sum", "file"), 1):
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "-", plain / "stage", *words],
                              stderr=subprocess.PIPE, timeout=30)
        assert done.returncode == status, words
    assert Path("to").read_bytes() == b"x"


def test_a_reader_that_goes_away_ends_it_quietly(step, plain):
    with open("large", "wb") as f:
        f.truncate(50_000_000)
    program = subprocess.Popen([plain / "stage", "cat", "large"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, restore_signals=True)
    program.stdout.read(100)
    program.stdout.close()
    assert program.wait(30) == -signal.SIGPIPE and program.stderr.read() == b""
    program.stderr.close()


def test_the_output_is_no_input(step, plain):
    Path("file").write_bytes(b"grows\n")
    for words in (["cat", "file"], ["cat", "-"]):
        with open("file", "rb") as same, open("file", "ab") as out:
            done = subprocess.run([plain / "stage", *words], stdin=same, stdout=out, timeout=30,
                                  stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (
            1, f"stage: {words[1]}: input file is output file\n")
    assert Path("file").read_bytes() == b"grows\n"


NAMES = [b"two\nlines", b"\x1b[31mred", b"\xff\xfe", b"caf\xe9", b"\xc2\x9b31m", b"\x7f",
         b"\xed\xa0\x80", b"quote'\n", "hülle".encode(), b"plain"]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_json_is_json_and_has_the_name_whatever_it_is(step, plain, name):
    with open(name, "wb"):
        pass
    for verb in ("sum", "count", "stat"):
        said = subprocess.run([plain / "stage", verb, "--json", name], capture_output=True,
                              timeout=30).stdout
        assert os.fsencode(json.loads(said.decode())["path"]) == name


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_no_control_character_of_a_name_reaches_the_terminal_and_a_shell_can_read_it(
        step, plain, name):
    """In words for people, of what there is and of what there is not."""
    with open(name, "wb"):
        pass
    for words in (["sum", name], ["count", name], ["stat", name], ["cat", name + b"!"], [name],
                  ["cat", b"--" + name], ["cp", name + b"!", "to"], ["bench", "read", name + b"!"]):
        done = subprocess.run([plain / "stage", *words], capture_output=True, timeout=30)
        said = (done.stdout + done.stderr).decode()
        assert not [c for c in said.removesuffix("\n") if ord(c) < 32 or 127 <= ord(c) < 160], words
    said = subprocess.run([plain / "stage", "sum", name], capture_output=True).stdout
    quoted = said.removesuffix(b"\n").split(b" ", 2)[2]
    assert subprocess.run(["bash", "-c", b"printf %s " + quoted], capture_output=True).stdout == name


def test_it_says_its_version_and_each_verb_its_own_help(step, stage):
    assert stage("--version").stdout.startswith("stage 0.")
    for verb, own, others in (("cat", "--decode", "--json"), ("cp", "stage cp FROM TO", "--mode"),
                              ("sum", "--json", "bench"), ("bench", "--rounds", "--json")):
        done = stage(verb, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert own in done.stdout and others not in done.stdout.replace("stage bench", "stage"), verb
    assert stage("cat", "--", "--help").returncode == 1


# --- cp ----------------------------------------------------------------------------------------


def test_a_copy_has_the_bytes_and_the_permissions(step, stage):
    content = pattern(123_457)
    Path("from").write_bytes(content)
    Path("from").chmod(0o750)
    assert stage("cp", "from", "to").returncode == 0
    assert Path("to").read_bytes() == content
    assert stat.S_IMODE(os.stat("to").st_mode) == 0o750
    Path("to").chmod(0o600)
    assert stage("cp", "from", "to").returncode == 0
    assert stat.S_IMODE(os.stat("to").st_mode) == 0o600, "an old file keeps its permissions"


def test_a_copy_into_a_folder_keeps_the_name(step, stage):
    Path("from").write_bytes(b"content")
    Path("folder").mkdir()
    assert stage("cp", "from", "folder").returncode == 0
    assert Path("folder/from").read_bytes() == b"content"


def test_a_link_is_written_through_and_a_second_name_stays_one(step, stage):
    Path("from").write_bytes(b"new")
    Path("old").write_bytes(b"longer than new")
    os.symlink("old", "link")
    os.link("old", "second")
    assert stage("cp", "from", "link").returncode == 0
    assert os.path.islink("link") and Path("second").read_bytes() == b"new"
    assert stage("cp", "from", "second").returncode == 0
    assert os.path.samefile("old", "second")


@pytest.mark.parametrize("to", ["from", "link", "second"])
def test_a_file_is_not_copied_onto_itself(step, stage, to):
    Path("from").write_bytes(b"precious")
    os.symlink("from", "link")
    os.link("from", "second")
    assert stage("cp", "from", to).returncode == 1
    assert Path("from").read_bytes() == b"precious"


def test_pipes_and_proc_can_be_copied(step, stage):
    assert stage("cp", "/proc/version", "version").returncode == 0
    assert Path("version").read_bytes() == Path("/proc/version").read_bytes()
    assert stage("cp", "/dev/null", "empty").returncode == 0
    assert Path("empty").read_bytes() == b""
    done = stage("cp", "version", "/dev/stdout")
    assert done.stdout == Path("version").read_text()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_copy_leaves_what_was_there(step, plain, tmp_path, sent):
    """Stopped under strace at its first bytes, so that the signal surely comes in between."""
    Path("from").write_bytes(pattern(20_000_000))
    Path("to").write_bytes(b"old")
    calls = "pwrite64,write,copy_file_range,sendfile,splice,ioctl"
    program = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={calls}:signal={sent.name}:when=1",
         plain / "stage", "cp", "from", "to"], capture_output=True, timeout=60,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL))
    assert program.returncode in (-sent, 128 + sent), program.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["from", "to"]
    assert Path("to").read_bytes() == b"old"


def test_long_work_shows_how_far_it_is_on_a_terminal_only(step, plain):
    with open("from", "wb") as f:
        f.truncate(3_000_000_000)
    ours, theirs = pty.openpty()
    program = subprocess.Popen([plain / "stage", "sum", "from"], stderr=theirs,
                               stdout=subprocess.PIPE)
    os.close(theirs)
    try:
        assert b" MB" in os.read(ours, 100)
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
        os.close(ours)


# --- counters ----------------------------------------------------------------------------------


def test_stats_and_counters_tell_the_same(step, stage):
    Path("file").write_bytes(pattern(30_000))
    done = stage("sum", "--stats", "file", env={"COUNTERS": "counters"})
    assert sorted(done.stderr.splitlines()) == sorted(Path("counters").read_text().splitlines())
    assert "read.bytes 30000" in done.stderr.splitlines() or "sys.mmap 1" in done.stderr


def test_a_bench_says_how_long_it_took(step, stage):
    Path("file").write_bytes(pattern(30_000))
    said = stage("bench", "read", "file", env={"COUNTERS": "counters"}).stdout
    assert stage("bench", "read", "file", "--size", "7").stdout == said
    assert stage("bench", "read", "file", "--view").stdout == said
    counters = dict(line.split() for line in Path("counters").read_text().splitlines())
    assert int(counters["run.ns"]) > 0


def test_a_list_names_the_files_and_is_not_counted_itself(step, stage):
    for name in ("a", "b c", "d"):
        Path(name).write_bytes(pattern(1000))
    Path("list").write_text("a\nb c\n\nd")
    listed = stage("bench", "many", "--list", "list", env={"COUNTERS": "counters"})
    assert listed.stdout == stage("bench", "many", "a", "b c", "d").stdout
    assert "files.opened 3" in Path("counters").read_text().splitlines()
    missing = stage("bench", "many", "--list", "missing")
    assert (missing.returncode, missing.stderr) == (1, "stage: missing: No such file or directory\n")


def test_a_list_with_zeroes_in_it_is_refused_and_not_cut(step, stage):
    """As find -print0 writes them."""
    for name in ("one", "two"):
        Path(name).write_bytes(b"x")
    Path("list").write_bytes(b"one\0two\0")
    done = stage("bench", "many", "--list", "list")
    assert (done.returncode, done.stderr) == (1, "stage: list: Invalid argument\n")
