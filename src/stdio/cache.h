/*
 * How much contents all files hold together, and who gives way when it is too much.
 *
 * Memory that holds a file's contents has a struct cached, and no byte of it is touched except
 * between cache_pin() and cache_unpin(). So it can be dropped at any other time, by whoever
 * needs room. All functions may be called by any thread; drop() is called with the cache locked,
 * and calls nothing of it.
 *
 *	if (cache_pin(&c))		it is there, and stays
 *		… cache_unpin(&c);
 *	else				it was dropped, or never held
 */
#ifndef STDIO_CACHE_H
#define STDIO_CACHE_H

#include "core/list.h"
#include "core/types.h"

struct cached {
	size_t n;                       /* bytes held; 0: none */
	unsigned pins;                  /* who looks at it just now; pins.h */
	void (*drop)(struct cached *c); /* free the memory */
	struct link link;               /* where the cache keeps it */
};

/*
 * Room for `n` bytes, before they are allocated; dropping others may make it. -ENOMEM: not
 * within the limit. -EBUSY: it is held already, by another thread. After success `c` is held, and
 * pinned once.
 */
MUST_CHECK int cache_hold(struct cached *c, size_t n, void (*drop)(struct cached *c));

/*
 * The memory is given up by its owner; nobody else looks at it. Calls drop() if it is still held,
 * pinned or not.
 */
void cache_forget(struct cached *c);

MUST_CHECK bool cache_pin(struct cached *c);
void cache_unpin(struct cached *c);

/* Likely to be needed (warm) or not needed soon (cool): last or first to give way. */
void cache_warm(struct cached *c);
void cache_cool(struct cached *c);

/* stage_limit(). How much is held, room.h knows. */
uint64_t cache_limit(uint64_t bytes);

#endif
