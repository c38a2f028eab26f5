/*
 * words WORD FILE [JUMPS]: give the kernel one word about the file, then sum it through a map, or
 * so many pieces of 4 KiB of it, read here and there. Writes how long all took together, from
 * before the file is open, to the file that $COUNTERS names.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "core/err.h"
#include "peer.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

enum { PIECE = 64 * 1024, JUMP = 4096 };

struct word {
	const char *name;
	int (*say)(const struct word *, int fd, void *map, size_t size);
	int advice;
};

static int say_nothing(const struct word *w, int fd, void *map, size_t size)
{
	return 0;
}

static int say_of_file(const struct word *w, int fd, void *map, size_t size)
{
	return -posix_fadvise(fd, 0, 0, w->advice);
}

static int say_of_map(const struct word *w, int fd, void *map, size_t size)
{
	return madvise(map, size, w->advice) ? -errno : 0;
}

/* No word at all, but its effect. */
static int read_first(const struct word *w, int fd, void *map, size_t size)
{
	static char piece[PIECE];
	ssize_t n;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		;
	return n ? -errno : 0;
}

static const struct word words[] = {
	{ "nothing", say_nothing, 0 },
	{ "sequential-map", say_of_map, MADV_SEQUENTIAL },
	{ "sequential-file", say_of_file, POSIX_FADV_SEQUENTIAL },
	{ "willneed", say_of_file, POSIX_FADV_WILLNEED },
	{ "populate", say_of_map, MADV_POPULATE_READ },
	{ "huge", say_of_map, MADV_HUGEPAGE },
	{ "read-first", read_first, 0 },
};

static int sum_jumps(int fd, size_t size, uint64_t jumps, struct total *total)
{
	static unsigned char piece[JUMP];
	uint64_t seed = 1;
	for (uint64_t i = 0; i < jumps; i++) {
		ssize_t n = pread(fd, piece, sizeof(piece), (off_t)(draw(&seed) % size));
		if (n < 0)
			return -errno;
		total_add(total, (struct piece){ piece, (size_t)n });
	}
	return 0;
}

static int sum_map(const struct word *w, int fd, size_t size, uint64_t jumps, struct total *total)
{
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	int err = w->say(w, fd, map, size);
	if (!err && jumps)
		err = sum_jumps(fd, size, jumps, total);
	else if (!err)
		total_add(total, (struct piece){ map, size });
	munmap(map, size);
	return err;
}

static int sum_file(const struct word *w, char **args, struct total *total)
{
	struct stat st;
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || fstat(fd, &st) ? -errno : 0;
	if (!err)
		err = sum_map(w, fd, (size_t)st.st_size, args[1] ? strtoull(args[1], NULL, 10) : 0,
			      total);
	if (fd >= 0)
		close(fd);
	return err;
}

static int timed(const struct word *w, char **args, struct total *total, FILE *counters)
{
	struct timespec begin, end;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	int err = sum_file(w, args, total);
	clock_gettime(CLOCK_MONOTONIC, &end);
	fprintf(counters, "run.ns %lld\n",
		(long long)(end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec);
	return err;
}

int main(int argc, char **argv)
{
	const struct word *w = NULL;
	for (size_t i = 0; (argc == 3 || argc == 4) && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(argv[1], words[i].name))
			w = &words[i];
	const char *path = getenv("COUNTERS");
	FILE *counters = path ? fopen(path, "w") : NULL;
	if (!w || !counters) {
		fputs("words nothing|sequential-map|sequential-file|willneed|populate|huge|read-first "
		      "FILE [JUMPS], with a file's name in $COUNTERS\n",
		      stderr);
		return 2;
	}
	struct total total = { 0 };
	int err = timed(w, argv + 2, &total, counters);
	if (fclose(counters) && !err)
		err = -EIO;
	if (err) {
		fprintf(stderr, "words: %s of %s: %s\n", w->name, argv[2], strerror(-err));
		return 1;
	}
	printf("sum %016llx bytes %llu\n", (unsigned long long)total.sum,
	       (unsigned long long)total.bytes);
	return 0;
}
