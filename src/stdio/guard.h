/*
 * Reading from a map whose file may be truncated meanwhile.
 *
 * map.c watches each of its maps from mmap() to munmap(). A page that is gone when it is touched
 * then becomes one of zeroes, with all that are behind it, and the map is broken from that moment
 * on, instead of a SIGBUS.
 */
#ifndef STDIO_GUARD_H
#define STDIO_GUARD_H

#include "core/types.h"

struct watch;

struct guarded {
	char *p;
	size_t n;
	bool broken;         /* set by a signal handler: read it with guard_broken() */
	struct watch *watch; /* the guard's entry: it outlives the map */
};

/* 0, or why this map cannot be watched. `g` stays where it is until guard_forget(). */
MUST_CHECK int guard_watch(struct guarded *g, char *p, size_t n);
void guard_forget(struct guarded *g);

/* Has a page of the map been missing? Never true where nobody watches. */
bool guard_broken(const struct guarded *g);

/* It is broken, by what its owner has seen. */
void guard_break(struct guarded *g);

/*
 * Copy out of the map, by deliver(): n; -EIO when some of it was missing; -EBUSY: this thread must
 * not touch it, as it blocks the signal. That is asked each time.
 */
MUST_CHECK ssize_t guard_copy(struct guarded *g, void *to, const char *p, size_t n);

#endif
