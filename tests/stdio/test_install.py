"""make install: what a program outside of this tree needs, and nothing but that."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from measure import build, steps

INSTALLED = {"bin/stage", "include/stage.h", "lib/libstage.a", "lib/libstage.so",
             "lib/libstage.so.0", "lib/pkgconfig/libstage.pc", "share/man/man1/stage.1",
             "share/man/man3/libstage.3"}


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last step, installed in a folder."""
    to = tmp_path_factory.mktemp("installed")
    env = {k: v for k, v in os.environ.items() if k not in build.FROM_MAKE}
    done = subprocess.run(["make", "install", f"PREFIX={to}"], cwd=steps.ROOT, env=env,
                          capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr
    return to


def example() -> str:
    """The program in the manual, as man shows it."""
    page = (steps.ROOT / "src/stdio/libstage.3").read_text()
    text = re.search(r"^\.SH EXAMPLES\n\.nf\n(.*?)^\.fi$", page, re.DOTALL | re.MULTILINE)[1]
    return text.replace("\\-", "-").replace("\\\\", "\\")


def test_everything_has_its_place(prefix):
    found = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if not p.is_dir()}
    assert found == INSTALLED


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


def test_destdir_goes_before_the_prefix_and_into_no_file(tmp_path, run):
    env = {k: v for k, v in os.environ.items() if k not in build.FROM_MAKE}
    done = run(["make", "install", f"DESTDIR={tmp_path / 'root'}", "PREFIX=/opt/fast"],
               cwd=steps.ROOT, env=env, timeout=170)
    assert done.returncode == 0, done.stderr
    assert "prefix=/opt/fast\n" in (
        tmp_path / "root/opt/fast/lib/pkgconfig/libstage.pc").read_text()


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
