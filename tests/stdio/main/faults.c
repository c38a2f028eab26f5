/*
 * Every call fails once: faults KIND.
 *
 *	fail	the first call of a scenario fails, then the second, … until it runs to its end
 *	short	every call that moves bytes moves a third of what it was asked
 *	eintr	every other call is interrupted
 *
 * The linker puts these functions between the library and libc's:
 * WRAP=open read pread write pwrite lseek fstat lstat mmap madvise posix_fadvise
 * WRAP=copy_file_range sendfile splice pipe2 ftruncate fchmod rename malloc calloc linkat
 * WRAP=flistxattr llistxattr faccessat
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "support.h"

#define SIZE 50000
#define OLD  "what was there before"

static enum { NORMAL, FAIL, SHORT, INTERRUPT } kind;
static bool on; /* only while the library is at work */
static uint64_t calls;
static uint64_t failing; /* the number of the call that fails */

static bool fails(int err)
{
	if (!on)
		return false;
	calls++;
	if (kind == INTERRUPT && calls % 2 && err == EIO)
		errno = EINTR;
	else if (kind == FAIL && calls == failing)
		errno = err;
	else
		return false;
	return true;
}

static size_t shorter(size_t n)
{
	return on && kind == SHORT ? (n + 2) / 3 : n;
}

#define WRAPPED(type, name, arguments, values, bad, err)        \
	type __real_##name arguments;                           \
	type __wrap_##name arguments;                           \
	type __wrap_##name arguments                            \
	{                                                       \
		return fails(err) ? bad : __real_##name values; \
	}

WRAPPED(ssize_t, read, (int fd, void *p, size_t n), (fd, p, shorter(n)), -1, EIO)
WRAPPED(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, shorter(n), at), -1, EIO)
WRAPPED(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, shorter(n)), -1, EIO)
WRAPPED(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, shorter(n), at), -1,
	EIO)
WRAPPED(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence), -1, EIO)
WRAPPED(int, fstat, (int fd, struct stat *st), (fd, st), -1, EIO)
WRAPPED(int, lstat, (const char *path, struct stat *st), (path, st), -1, EIO)
WRAPPED(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at),
	(p, n, prot, flags, fd, at), MAP_FAILED, ENOMEM)
WRAPPED(int, madvise, (void *p, size_t n, int advice), (p, n, advice), -1, EINVAL)
WRAPPED(ssize_t, copy_file_range, (int in, off_t *a, int out, off_t *b, size_t n, unsigned flags),
	(in, a, out, b, shorter(n), flags), -1, EIO)
WRAPPED(ssize_t, sendfile, (int out, int in, off_t *at, size_t n), (out, in, at, shorter(n)), -1,
	EIO)
WRAPPED(ssize_t, splice, (int in, off_t *a, int out, off_t *b, size_t n, unsigned flags),
	(in, a, out, b, shorter(n), flags), -1, EIO)
WRAPPED(int, pipe2, (int *fds, int flags), (fds, flags), -1, EMFILE)
WRAPPED(int, ftruncate, (int fd, off_t size), (fd, size), -1, EIO)
WRAPPED(int, fchmod, (int fd, mode_t mode), (fd, mode), -1, EIO)
WRAPPED(int, rename, (const char *from, const char *to), (from, to), -1, EIO)
WRAPPED(int, linkat, (int a, const char *from, int b, const char *to, int flags),
	(a, from, b, to, flags), -1, EIO)
WRAPPED(ssize_t, flistxattr, (int fd, char *names, size_t n), (fd, names, n), -1, EIO)
WRAPPED(ssize_t, llistxattr, (const char *path, char *names, size_t n), (path, names, n), -1, EIO)
WRAPPED(int, faccessat, (int fd, const char *path, int mode, int flags), (fd, path, mode, flags),
	-1, EIO)
WRAPPED(void *, malloc, (size_t n), (n), NULL, ENOMEM)
WRAPPED(void *, calloc, (size_t n, size_t m), (n, m), NULL, ENOMEM)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fails(EIO) ? -1 : __real_open(path, flags, mode);
}

/* Its error is its result, and nothing interrupts it. */
int __real_posix_fadvise(int fd, off_t at, off_t n, int advice);
int __wrap_posix_fadvise(int fd, off_t at, off_t n, int advice);
int __wrap_posix_fadvise(int fd, off_t at, off_t n, int advice)
{
	return fails(EINVAL) ? EINVAL : __real_posix_fadvise(fd, at, n, advice);
}

/* --- scenarios: 0, or the error that the library gave -------------------------------------------
 */

static char data[SIZE], got[SIZE];

static int check(ssize_t n, size_t at, size_t asked)
{
	size_t expected = at < SIZE ? SIZE - at < asked ? SIZE - at : asked : 0;

	if (n < 0)
		return n;
	if ((size_t)n > expected || memcmp(got, data + at, n))
		fail("wrong bytes");
	return (size_t)n < expected ? 1 : 0; /* an error may be behind them */
}

static int read_scenario(struct stage_file *f)
{
	size_t at = 0;
	ssize_t n;

	while ((n = stage_read(f, got, 7000)) > 0) {
		check(n, at, 7000);
		at += n;
	}
	return n < 0 ? n : at == SIZE ? 0 : 1;
}

static int lines_scenario(struct stage_file *f)
{
	size_t at = 0;
	ssize_t n;

	while ((n = stage_gets(f, got, 3000)) > 0) {
		check(n, at, n);
		at += n;
	}
	return n < 0 ? n : at == SIZE ? 0 : 1;
}

static int places_scenario(struct stage_file *f)
{
	static const int64_t places[] = { 40000, 0, 12345, 49999, 4096, 30000 };
	struct stage_view v;

	for (size_t i = 0; i < 6; i++) {
		int64_t at = stage_seek(f, places[i], SEEK_SET);
		ssize_t n = at < 0 ? at : stage_read(f, got, 5000);
		int err = check(n, places[i], 5000);

		if (!err)
			err = check(stage_pread(f, got, 5000, places[i]), places[i], 5000);
		if (err)
			return err;
		n = stage_view(f, places[i], 9000, &v);
		if (n > 0)
			memcpy(got, v.p, n);
		err = check(n, places[i], 9000);
		if (n >= 0 && stage_release(&v))
			fail("a view of an untouched file is broken");
		if (err)
			return err;
	}
	return stage_seek(f, 0, SEEK_END) == SIZE ? 0 : -EIO;
}

static int send_scenario(struct stage_file *f)
{
	int out = __real_open("sent", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int64_t n = stage_seek(f, 100, SEEK_SET);

	if (n >= 0)
		n = stage_send(f, out, UINT64_MAX);
	if (n >= 0 && __real_pread(out, got, SIZE, 0) != n)
		fail("sent, and not there");
	close(out);
	return n < 0 ? n : check(n, 100, SIZE);
}

static int staged_scenario(struct stage_file *f)
{
	int err = read_scenario(f);

	for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH && !err; mode++) {
		int64_t at;

		err = stage_stage(f, mode);
		at = err ? err : stage_seek(f, 0, SEEK_SET);
		if (!err)
			err = at < 0 ? at : read_scenario(f);
	}
	stage_unstage(f);
	return err;
}

static int with_file(int (*scenario)(struct stage_file *f), enum stage_mode mode)
{
	struct stage_options o = { .size = sizeof(o), .mode = mode };
	struct stage_file *f;
	int err = stage_open("data", &o, &f);

	if (err)
		return err;
	err = scenario(f);
	stage_close(f);
	return err;
}

static int set_scenario(enum stage_mode mode)
{
	static const char *const paths[] = { "data", "data", "data" };
	struct stage_options o = { .size = sizeof(o), .mode = mode };
	struct stage_set *set;
	int err = stage_many(paths, 3, &o, &set);

	if (err)
		return err;
	for (size_t i = 0; i < 6 && !err; i++) {
		struct stage_file *f;

		err = stage_set_file(set, i % 3, &f);
		if (!err)
			err = read_scenario(f);
		stage_set_done(set, i % 3);
	}
	stage_set_close(set);
	return err;
}

static void put_file(const char *path, const char *p, size_t n)
{
	int fd = __real_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || __real_write(fd, p, n) != (ssize_t)n)
		fail("the test's own file fails");
	close(fd);
}

static bool file_is(const char *path, const char *p, size_t n)
{
	int fd = __real_open(path, O_RDONLY, 0);
	ssize_t m = fd < 0 ? -1 : __real_read(fd, got, SIZE);

	if (fd >= 0)
		close(fd);
	return m == (ssize_t)n && memcmp(got, p, n) == 0;
}

static int copy_scenario(enum stage_mode mode)
{
	int64_t n;
	bool was = on;

	on = false;
	put_file("copy", OLD, strlen(OLD));
	on = was;
	n = stage_copy("data", "copy", NULL);
	on = false;
	if (n < 0 ? !file_is("copy", OLD, strlen(OLD)) : !file_is("copy", data, SIZE))
		fail("a copy that is neither the old nor the new file");
	on = was;
	return n < 0 ? n : n == SIZE ? 0 : 1;
}

/* --- all of them ----------------------------------------------------------------------------- */

static int in_folder(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int run(int which, enum stage_mode mode)
{
	static int (*const scenarios[])(struct stage_file *) = { read_scenario, lines_scenario,
								 places_scenario, send_scenario,
								 staged_scenario };
	int err;

	on = true;
	calls = 0;
	err = which < 5    ? with_file(scenarios[which], mode)
	      : which == 5 ? set_scenario(mode)
			   : copy_scenario(mode);
	on = false;
	return err;
}

static void run_checked(int which, enum stage_mode mode)
{
	int fds = in_folder("/proc/self/fd");
	int files = in_folder(".");
	int err = run(which, mode);

	if (in_folder("/proc/self/fd") != fds)
		fail("a descriptor is left open");
	if (in_folder(".") != files)
		fail("a file is left behind");
	if (stage_held())
		fail("memory is still held");
	if (kind != FAIL && err) {
		fprintf(stderr, "scenario %d, mode %s: %s\n", which, mode_name(mode),
			error_name(err));
		fail("an error where nothing fails");
	}
}

static uint64_t fail_each_once(int which, enum stage_mode mode)
{
	for (failing = 1;; failing++) {
		run_checked(which, mode);
		if (calls < failing)
			return failing - 1;
		if (failing > 5000)
			fail("it never runs to its end");
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "fail";
	uint64_t faults = 0;

	kind = strcmp(how, "short") == 0 ? SHORT : strcmp(how, "eintr") == 0 ? INTERRUPT : FAIL;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = i % 61 ? 'a' + i % 23 : '\n';
	put_file("data", data, SIZE);
	put_file("copy", OLD, strlen(OLD));
	put_file("sent", "", 0);
	for (int which = 0; which < 7; which++)
		for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH; mode++)
			if (kind == FAIL)
				faults += fail_each_once(which, mode);
			else
				run_checked(which, mode);
	printf("%llu faults\n", (unsigned long long)faults);
	return 0;
}
