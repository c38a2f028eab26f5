"""Who holds bytes: views, readers in other threads, children of a fork, and a signal handler."""
from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from conftest import SANITIZED, counted, pattern
from measure import steps
from measure.machine.outsider import SIGNALS

SRC = steps.ROOT / "src"
PAGE = 4096
PLUGIN = r"""
#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include "stdio/stage.h"

static sigjmp_buf back;
static volatile sig_atomic_t told;

static void on_bus(int signal)
{
	told++;
	siglongjmp(back, 1);
}

/* A page of a map of the program's own, behind the end of its file. */
static void fault(void)
{
	int fd = open("empty", O_RDWR | O_CREAT | O_TRUNC, 0600);
	volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (sigsetjmp(back, 1) == 0)
		(void)*p;
}

int main(int argc, char **argv)
{
	void *library = dlopen(argv[1], RTLD_NOW);
	struct stage_options o = { .size = sizeof o, .mode = STAGE_MMAP };
	struct stage_file *f;

	if (!library)
		return fprintf(stderr, "%s\n", dlerror()), 2;
	if (argc > 2)
		signal(SIGBUS, on_bus);
	int (*open_file)(const char *, const struct stage_options *, struct stage_file **) =
		dlsym(library, "stage_open");
	void (*close_file)(struct stage_file *) = dlsym(library, "stage_close");

	if (open_file("file", &o, &f))
		return 3;
	close_file(f);
	dlclose(library);
	fault();
	fault();
	printf("%d\n", told);
	return 0;
}
"""


@pytest.fixture
def hold(asan, run):
    """A case of tests/stdio/main/hold.c."""
    return lambda *words: run([asan / "hold", *words], env=SANITIZED)


@pytest.fixture
def unsanitized(plain, run):
    """The same program as people would build it."""
    done = run(["gcc", "-O2", f"-I{SRC}", "-o", "hold", steps.ROOT / "tests/stdio/main/hold.c",
                plain / "libstage.a", *(plain / "libstage.libs").read_text().split()])
    assert done.returncode == 0, done.stderr
    return Path("hold").absolute()


@pytest.fixture
def in_threads(build_goal, run):
    """The same under ThreadSanitizer."""
    program = build_goal("stage-tsan") / "tsan" / "hold"
    return lambda *words: run([program, *words], env=SANITIZED, timeout=100)


def succeeded(done) -> None:
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_view_stays_as_it_is_whatever_happens_to_the_files_staging(step, hold):
    succeeded(hold("views"))


def test_threads_read_and_view_right_bytes_beside_one_that_stages(step, in_threads):
    succeeded(in_threads("stager"))


def test_a_thread_may_read_at_an_offset_while_another_seeks(step, in_threads):
    succeeded(in_threads("seeks"))


@pytest.mark.parametrize("built", ["hold", "in_threads"])
def test_what_eight_threads_want_of_four_files_is_held_once_and_given_back(step, request, built):
    succeeded(request.getfixturevalue(built)("small"))


def test_a_child_of_a_program_with_threads_opens_and_reads_its_own_files(step, unsanitized, run):
    """Sanitizers have locks that a fork leaves taken."""
    succeeded(run([unsanitized, "fork"], timeout=100))


@pytest.mark.from_step(409)
def test_a_thread_that_blocks_every_signal_may_read_what_was_cut_off(step, hold):
    succeeded(hold("blocked"))


def test_a_program_that_wants_no_handler_gets_no_map(step, hold):
    succeeded(hold("quiet"))


@pytest.mark.parametrize("own", [True, False], ids=["handler", "none"])
def test_after_dlclose_a_fault_of_the_programs_own_is_its_own(step, plain, run, own):
    Path("plugin.c").write_text(PLUGIN)
    Path("file").write_bytes(pattern(50_000))
    done = run(["gcc", "-Wall", "-Werror", f"-I{SRC}", "-o", "plugin", "plugin.c"])
    assert done.returncode == 0, done.stderr
    done = run(["./plugin", plain / "libstage.so", *["handler"] * own])
    assert (done.returncode, done.stdout) == ((0, "2\n") if own else (-signal.SIGBUS, "")), done


@pytest.mark.from_step(405)
def test_a_hint_at_a_mapped_file_is_about_all_pages_of_its_range(step, unsanitized, run):
    Path("file").write_bytes(pattern(300_000))
    done = run(["strace", "-f", "-e", "trace=madvise", unsanitized, "hints", "file"])
    lengths = [int(n) for n in re.findall(r"madvise\(\w+, (\d+), MADV_WILLNEED", done.stderr)]
    pages = [-(-n // PAGE) for n in lengths]
    assert pages == [-(-300_000 // PAGE), -(-100_000 // PAGE), -(-25_000 // PAGE) - 1], done.stderr


def test_each_system_call_of_the_guard_is_counted(step, plain, run):
    Path("file").write_bytes(pattern(300_000))
    done = run(["strace", "-f", "-e", "trace=rt_sigaction,rt_sigprocmask", plain / "stage", "bench",
                "read", "file", "--view", "--mode", "mmap"], env={"COUNTERS": "counters"})
    own = counted()
    for name, ours in SIGNALS.items():
        seen = len(re.findall(rf"{name}\({ours.pattern}", done.stderr))
        assert seen == own["sys." + name.removeprefix("rt_")], (name, done.stderr)
        assert seen > 0 or step.number < 409
