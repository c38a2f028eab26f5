/*
 * Where a copy goes: a file that takes the place of its path when every byte is there, or what is
 * at the path already, written in place.
 *
 *	target.c	how it is opened, and how it gets its name
 *	equal.c		whether a new file can stand for an old one
 */
#ifndef STDIO_TARGET_H
#define STDIO_TARGET_H

#include <sys/stat.h>
#include "core/types.h"

struct target {
	const char *path;
	int fd;
	bool regular;
	bool exists;     /* the path has a file */
	bool in_place;   /* the descriptor is that file's */
	char *temporary; /* else: the name until then, from malloc(); NULL: it has none */
	uint64_t freed;  /* bytes of the disk that the old file's end would free */
};

/* For a copy of the file that is `in`. -EINVAL: they are the same; -EISDIR. */
MUST_CHECK int target_open(struct target *t, const char *path, const struct stat *in);

/* The same, in place. What was opened before must have been dropped. */
MUST_CHECK int target_open_in_place(struct target *t, const struct stat *in);

/*
 * Every byte is there: the file takes its place. -EBUSY, -EACCES, -EPERM, -ENOENT: it may not,
 * but its bytes may be copied to the old file. The descriptor stays open.
 */
MUST_CHECK int target_finish(struct target *t);

/* Give up what has not taken its place, and close. What close(2) says. */
int target_close(struct target *t);

/* Is there room on the disk for `n` bytes in place of the old file, but not beside it? */
bool target_fits_in_place(const struct target *t, uint64_t n);

/*
 * Make the file of `fd` the equal of the one that stands at `path`: 0, or it cannot be: another
 * group, other extended attributes or access lists, bits that let it run as somebody else.
 */
MUST_CHECK int make_equal(int fd, const char *path, const struct stat *old);

#endif
