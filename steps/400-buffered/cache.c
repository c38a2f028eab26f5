/*
 * A limit, and nothing to enforce it with: what is held stays until its owner gives it up, and
 * what does not fit any more is refused.
 */
#include "stdio/cache.h"
#include <pthread.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/stage.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t limit = STAGE_LIMIT;
static uint64_t held;

int cache_hold(struct cached *c, size_t n, void (*drop)(struct cached *c))
{
	bool room;

	pthread_mutex_lock(&lock);
	room = fits(held, n, limit);
	if (room)
		held += n;
	pthread_mutex_unlock(&lock);
	if (room)
		*c = (struct cached){ .n = n, .drop = drop };
	return room ? 0 : -ENOMEM;
}

void cache_forget(struct cached *c)
{
	if (c->n == 0)
		return;
	pthread_mutex_lock(&lock);
	held -= c->n;
	c->drop(c);
	c->n = 0;
	pthread_mutex_unlock(&lock);
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
	uint64_t old;

	pthread_mutex_lock(&lock);
	old = limit;
	limit = bytes;
	pthread_mutex_unlock(&lock);
	return old;
}

uint64_t cache_held(void)
{
	uint64_t n;

	pthread_mutex_lock(&lock);
	n = held;
	pthread_mutex_unlock(&lock);
	return n;
}
