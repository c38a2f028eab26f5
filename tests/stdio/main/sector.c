/*
 * A disk with a bad place: sector MODE AT. Everything before it can be read, then comes -EIO.
 *
 * WRAP=read pread
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>
#include "support.h"

#define SIZE 50000

static char data[SIZE], got[SIZE];
static uint64_t bad;
static bool on;

/* How much of it the disk gives. */
static int64_t readable(int fd, uint64_t at, size_t n)
{
	struct stat st;

	if (!on || fstat(fd, &st) || !S_ISREG(st.st_mode) || at + n <= bad || at >= SIZE)
		return n;
	if (at < bad)
		return bad - at;
	errno = EIO;
	return -1;
}

ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n)
{
	int64_t may = readable(fd, lseek(fd, 0, SEEK_CUR), n);

	return may < 0 ? -1 : __real_read(fd, p, may);
}

ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at)
{
	int64_t may = readable(fd, at, n);

	return may < 0 ? -1 : __real_pread(fd, p, may, at);
}

static ssize_t by_read(struct stage_file *f, size_t at)
{
	return stage_read(f, got, 7000);
}

static ssize_t by_line(struct stage_file *f, size_t at)
{
	return stage_gets(f, got, 3000);
}

static ssize_t at_offset(struct stage_file *f, size_t at)
{
	return stage_pread(f, got, 20000, at);
}

static ssize_t by_view(struct stage_file *f, size_t at)
{
	struct stage_view v;
	ssize_t n = stage_view(f, at, 20000, &v);

	if (n < 0)
		return n;
	memcpy(got, v.p, n);
	if (stage_release(&v))
		fail("a view is broken");
	return n;
}

int main(int argc, char **argv)
{
	static ssize_t (*const ways[])(struct stage_file *, size_t) = { by_read, by_line, at_offset,
									by_view };
	static const char *const names[] = { "read", "gets", "pread", "view" };
	struct stage_options o = { .size = sizeof(o), .mode = mode_named(argv[1]) };
	FILE *out = fopen("data", "w");
	struct stage_file *f;

	bad = strtoull(argv[2], NULL, 0);
	for (size_t i = 0; i < SIZE; i++)
		data[i] = i % 61 ? 'a' + i % 23 : '\n';
	if (!out || fwrite(data, 1, SIZE, out) != SIZE || fclose(out))
		fail("the test's own file fails");
	for (int i = 0; i < 4; i++) {
		size_t at = 0;
		ssize_t n;

		on = true;
		if (stage_open("data", &o, &f))
			fail("the file cannot be opened");
		while ((n = ways[i](f, at)) > 0) {
			if (memcmp(got, data + at, n))
				fail("wrong bytes");
			at += n;
		}
		stage_close(f);
		on = false;
		printf("%s %zu %s\n", names[i], at, n ? error_name(n) : "0");
	}
	return 0;
}
