"""make install: what a program outside of this tree needs, and nothing but that."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from measure import build, steps

HEADER = (steps.ROOT / "src/stdio/stage.h").read_text()
FUNCTIONS = set(re.findall(r"^[a-z].*?[ *](stage_\w+)\(", HEADER, re.MULTILINE))
PAGES = {f"share/man/man3/{name}.3" for name in FUNCTIONS}
INSTALLED = {"bin/stage", "include/stage.h", "lib/libstage.a", "lib/libstage.so",
             "lib/libstage.so.0", "lib/pkgconfig/libstage.pc", "share/man/man1/stage.1",
             "share/man/man3/libstage.3", *PAGES}


def make(*words: str, umask: int = 0o022) -> subprocess.CompletedProcess:
    env = {k: v for k, v in os.environ.items() if k not in build.FROM_MAKE}
    return subprocess.run(["make", *words], cwd=steps.ROOT, env=env, umask=umask,
                          capture_output=True, text=True, timeout=170)


def files(below: Path) -> set[str]:
    return {str(p.relative_to(below)) for p in below.rglob("*") if not p.is_dir() or p.is_symlink()}


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last step, installed in a folder."""
    to = tmp_path_factory.mktemp("installed")
    done = make("install", f"PREFIX={to}")
    assert done.returncode == 0, done.stderr
    return to


def example() -> str:
    """The program in the manual, as man shows it."""
    page = (steps.ROOT / "src/stdio/libstage.3").read_text()
    text = re.search(r"^\.SH EXAMPLES\n\.nf\n(.*?)^\.fi$", page, re.DOTALL | re.MULTILINE)[1]
    return text.replace("\\-", "-").replace("\\\\", "\\")


def test_everything_has_its_place(prefix):
    assert files(prefix) == INSTALLED


@pytest.mark.parametrize("linking", ["static", "shared"])
@pytest.mark.skipif(not shutil.which("pkg-config"), reason="pkg-config is not installed")
def test_the_manual_s_example_builds_and_runs(prefix, run, linking):
    env = {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "PATH": "/usr/bin:/bin"}
    flags = run(["pkg-config", "--cflags", "--libs", "libstage",
                 *(["--static"] if linking == "static" else [])], env=env).stdout.split()
    if linking == "static":
        flags = [str(prefix / "lib/libstage.a") if f == "-lstage" else f for f in flags]
    Path("example.c").write_text(example())
    assert example().count("\n") <= 26
    built = run(["gcc", "-Wall", "-Wextra", "-Werror", "example.c", *flags, "-o", "example"])
    assert built.returncode == 0, built.stderr
    done = run(["./example", "example.c"], env={"LD_LIBRARY_PATH": str(prefix / "lib")})
    assert (done.returncode, done.stdout) == (0, example()), done.stderr
    done = run(["./example", "missing"], env={"LD_LIBRARY_PATH": str(prefix / "lib")})
    assert (done.returncode, done.stderr) == (1, "No such file or directory\n")


def test_destdir_goes_before_the_prefix_and_into_no_file(tmp_path):
    done = make("install", f"DESTDIR={tmp_path / 'root'}", "PREFIX=/opt/fast")
    assert done.returncode == 0, done.stderr
    assert "prefix=/opt/fast\n" in (
        tmp_path / "root/opt/fast/lib/pkgconfig/libstage.pc").read_text()


def test_libdir_is_where_libraries_go_and_what_pkg_config_says(tmp_path, run):
    at = "lib/x86_64-linux-gnu"
    done = make("install", f"DESTDIR={tmp_path}", "PREFIX=/usr", f"LIBDIR=/usr/{at}")
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "usr") == {name.replace("lib/", f"{at}/", 1) if name.startswith("lib/")
                                       else name for name in INSTALLED}
    said = run(["pkg-config", "--variable=libdir", "libstage"],
               env={"PKG_CONFIG_PATH": str(tmp_path / "usr" / at / "pkgconfig")}).stdout
    assert said == f"/usr/{at}\n"


@pytest.mark.parametrize("name", ["with blanks", "a&b", "a|b", "it's"])
def test_a_program_is_built_with_what_stands_in_any_folder(tmp_path, run, name):
    to = tmp_path / name
    done = make("install", f"PREFIX={to}")
    assert done.returncode == 0, done.stderr
    assert files(to) == INSTALLED
    Path("example.c").write_text(example())
    built = run(["sh", "-c", 'eval "gcc example.c $(pkg-config --cflags --libs libstage) -o example"'],
                env={"PKG_CONFIG_PATH": str(to / "lib/pkgconfig"), "PATH": "/usr/bin:/bin"})
    assert built.returncode == 0, built.stderr
    assert run(["./example", "example.c"], env={"LD_LIBRARY_PATH": str(to / "lib")}).returncode == 0


def test_a_folder_that_pkg_config_cannot_name_is_refused(tmp_path):
    done = make("install", f"PREFIX={tmp_path}/a#b")
    assert done.returncode != 0 and "a .pc file cannot hold #" in done.stderr


def test_everybody_may_read_what_was_installed_whatever_root_s_umask(tmp_path):
    done = make("install", f"PREFIX={tmp_path / 'to'}", umask=0o077)
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "to").rglob("*"):
        wanted = 0o555 if path.is_dir() or "bin/" in str(path) else 0o444
        assert path.stat().st_mode & wanted == wanted, f"{path} is {path.stat().st_mode:o}"


def test_uninstall_takes_away_what_install_has_put_there_and_nothing_else(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/other").touch()
    for verb in ("install", "uninstall"):
        done = make(verb, f"PREFIX={tmp_path}")
        assert done.returncode == 0, done.stderr
    assert files(tmp_path) == {"lib/other"}


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_the_manual_is_found_by_the_name_of_each_function(prefix, run):
    page = run(["man", "-l", "stage_open.3"], cwd=prefix / "share/man/man3",
               env={"MANPATH": str(prefix / "share/man"), "PATH": "/usr/bin:/bin"})
    assert "LIBSTAGE(3)" in page.stdout, page.stderr


def test_a_symbol_says_which_version_of_the_library_it_is_of(prefix, run):
    table = run(["objdump", "-T", prefix / "lib/libstage.so"]).stdout
    shown = re.findall(r"\.text\s+\S+\s+(\S+)\s+(\S+)$", table, re.MULTILINE)
    assert {name for _, name in shown} == FUNCTIONS
    assert {version for version, _ in shown} == {"LIBSTAGE_0"}


def test_header_library_and_pkg_config_say_the_same_version(prefix, run):
    Path("version.c").write_text("""#include <stage.h>
        #include <stdio.h>
        int main(void)
        {
            printf("%d.%d %s\\n", STAGE_VERSION_MAJOR, STAGE_VERSION_MINOR, stage_version());
            return 0;
        }""")
    built = run(["gcc", "version.c", f"-I{prefix}/include", prefix / "lib/libstage.a", "-llz4",
                 "-lzstd", "-lpthread", "-o", "version"])
    assert built.returncode == 0, built.stderr
    said = run(["./version"]).stdout.split()
    known = run(["pkg-config", "--modversion", "libstage"],
                env={"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}).stdout.strip()
    assert said == [known, known]


@pytest.mark.parametrize("compiler", [
    ("gcc", "-std=c89", "-xc"), ("gcc", "-std=c17", "-xc"), ("g++", "-std=c++98", "-xc++")], ids=str)
def test_the_header_is_clean_for_old_and_strict_compilers(prefix, run, compiler):
    if not shutil.which(compiler[0]):
        pytest.skip(f"{compiler[0]} is not installed")
    done = run([*compiler, "-pedantic", "-Wall", "-Wextra", "-Werror", f"-I{prefix}/include", "-c",
                "-o", "out.o", "-"], input="#include <stage.h>\nint main(void) { return 0; }\n")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", ["stage.1", "libstage.3"])
def test_the_manual_pages_have_no_mistakes(run, page):
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    done = run(["groff", "-man", "-Tutf8", "-ww", steps.ROOT / "src/stdio" / page])
    assert (done.returncode, done.stderr) == (0, "")


def test_the_manual_shows_every_function_of_the_header():
    declared = set(re.findall(r"\b(stage_\w+)\(", (steps.ROOT / "src/stdio/stage.h").read_text()))
    page = (steps.ROOT / "src/stdio/libstage.3").read_text()
    assert declared and not {name for name in declared if f"{name}(" not in page}


def test_the_manual_shows_every_option_of_the_command():
    source = (steps.ROOT / "src/stdio/cmd/args.c").read_text()
    page = (steps.ROOT / "src/stdio/stage.1").read_text().replace("\\-", "-")
    options = set(re.findall(r'"(--[a-z]+)"', source))
    assert len(options) > 8 and not {o for o in options if o not in page}
