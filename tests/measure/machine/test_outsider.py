"""strace's book against the program's own."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from measure.machine import outsider
from measure.machine.outsider import Books, read_log
from measure.problem import Problem

# Reads its argument piece by piece and counts its reads; FLATTERS of them it does not count.
PROGRAM = r'''
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buf[4096];
	int fd = open(argv[1], O_RDONLY), nreads = 1;
	char *more = malloc(1 << 20); /* the allocator maps and unmaps memory for that */

	while (read(fd, buf, sizeof(buf)) > 0)
		nreads++;
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	munmap(map, 4096);
	free(more);
	FILE *f = fopen(getenv("COUNTERS"), "w");
	fprintf(f, "run.ns 1\nsys.open 1\nsys.read %d\nsys.mmap 1\nsys.munmap 1\n",
		nreads > FLATTERS + 1 ? nreads - FLATTERS : nreads);
	return fclose(f) || argc != 2;
}
'''


@pytest.fixture
def books(tmp_path: Path, run):
    """Both books of a run over a file of so many bytes."""
    assert shutil.which("strace"), "strace is not installed; `make setup` installs what is missing"
    (tmp_path / "program.c").write_text(PROGRAM)

    def read(size: int, flatters: int = 0) -> Books:
        done = run(["gcc", f"-DFLATTERS={flatters}", "-o", "program", "program.c"])
        assert done.returncode == 0, done.stderr
        (tmp_path / "input").write_bytes(bytes(size))
        return outsider.traced([tmp_path / "program", "input"], tmp_path)
    return read


def test_a_program_that_counts_all_that_it_does_agrees_with_strace(books) -> None:
    work, baseline = books(409_600), books(1)
    assert work.own["read"] == 101
    assert outsider.disagreements(work, baseline) == []


def test_a_program_that_flatters_itself_is_found_out(books) -> None:
    found = outsider.disagreements(books(409_600, flatters=5), books(1, flatters=5))
    assert found == ["read: the program counted 94, strace saw 99"]


def test_a_call_that_nobody_counts_is_found_too() -> None:
    work = Books({"read": 5}, {"read": 7, "lseek": 5, "futex": 9})
    assert outsider.disagreements(work, Books({"read": 1}, {"read": 3})) == [
        "lseek: the program counted 0, strace saw 5"]


def test_threads_that_interrupt_each_other_are_counted_once_each() -> None:
    log = """\
12 openat(AT_FDCWD, "x", O_RDONLY) = 3
12 mmap(NULL, 8192, PROT_READ, MAP_SHARED, 3, 0 <unfinished ...>
13 read(3,  <unfinished ...>
12 <... mmap resumed>) = 0x7f0000000000
13 <... read resumed>""..., 4096) = 4096
12 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1000000000
12 madvise(0x7f0000001000, 4096, MADV_DONTNEED) = 0
12 madvise(0x7f1000000000, 4096, MADV_DONTNEED) = 0
12 munmap(0x7f1000000000, 8192) = 0
12 munmap(0x7f0000000000, 8192) = 0
13 +++ exited with 0 +++
"""
    assert read_log(log.splitlines()) == {"open": 1, "mmap": 1, "read": 1, "madvise": 1, "munmap": 1}


def test_a_run_that_fails_under_strace_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="strace of false ended with status 1"):
        outsider.traced(["/bin/false"], tmp_path)
