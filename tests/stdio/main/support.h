/* What the test programs share. They link with the library alone: core is not in its interface. */
#ifndef TESTS_STDIO_SUPPORT_H
#define TESTS_STDIO_SUPPORT_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "stdio/stage.h"

static const char *const mode_names[] = { "adaptive", "none", "mmap", "prefetch" };

static inline const char *mode_name(enum stage_mode mode)
{
	return mode_names[mode];
}

static inline int mode_named(const char *name)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(mode_names[i], name) == 0)
			return i;
	return atoll(name); /* a number that is no mode, to see it refused */
}

/* EISDIR and so on. */
static inline const char *error_name(int64_t err)
{
	const char *name = strerrorname_np(err < 0 ? -err : err);

	return name ? name : "E?";
}

static inline uint32_t crc32(const void *p, size_t n)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < n; i++) {
		crc ^= ((const unsigned char *)p)[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* How many descriptors are open. `.` and `..` and the folder's own are three. */
static inline int64_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int64_t n = -3;

	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}

struct total {
	const char *name;
	uint64_t n;
};

static inline void add_to_total(void *total, const char *name, uint64_t value)
{
	struct total *t = (struct total *)total;

	if (strcmp(name, t->name) == 0)
		t->n += value;
}

/* A counter, of whatever files it is in. */
static inline uint64_t counted(const char *name)
{
	struct total t = { name, 0 };

	stage_counters(add_to_total, &t);
	return t.n;
}

static inline void fail(const char *what)
{
	fprintf(stderr, "FAILED: %s\n", what);
	exit(1);
}

#endif
