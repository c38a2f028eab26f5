/*
 * A limit, and nothing to enforce it with: what is held stays until its owner gives it up, and
 * what does not fit any more is refused.
 */
#include "stdio/cache.h"
#include "core/err.h"
#include "stdio/room.h"

int cache_hold(struct cached *c, size_t n, void (*drop)(struct cached *c))
{
	if (c->n > 0)
		return -EBUSY;
	if (!room_take(n))
		return -ENOMEM;
	*c = (struct cached){ .n = n, .drop = drop };
	return 0;
}

void cache_forget(struct cached *c)
{
	if (c->n == 0)
		return;
	room_give(c->n);
	c->n = 0;
	c->drop(c);
}

/* What is never dropped needs no pins. */
bool cache_pin(struct cached *c)
{
	return c->n > 0;
}

void cache_unpin(struct cached *c)
{
}

void cache_warm(struct cached *c)
{
}

void cache_cool(struct cached *c)
{
}

uint64_t cache_limit(uint64_t bytes)
{
	return room_limit(bytes);
}
