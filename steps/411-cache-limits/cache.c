/*
 * What is held stands in a list, the last used in front; who needs room takes it from the back.
 *
 * A reader who stays with one file never takes the lock: pins are counted without it, and only
 * another file than the last one has to go to the front.
 *
 * Cost: two atomic operations for each look; who needs room passes by what is pinned.
 */
#include "stdio/cache.h"
#include <pthread.h>
#include "core/count.h"
#include "core/err.h"
#include "stdio/pins.h"
#include "stdio/room.h"

COUNTER(drops, "cache.drops");
COUNTER(refused, "cache.refused");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for the list, and who is in it */
static struct link order = { &order, &order };
static struct cached *newest; /* went to the front last; NULL: nobody knows */

/* --- these have the lock ------------------------------------------------------------------- */

static void to_front(struct cached *c)
{
	list_move_front(&order, &c->link);
	__atomic_store_n(&newest, c, __ATOMIC_RELAXED);
}

/* It is not held any more, and nobody looks at it. */
static void take_out(struct cached *c)
{
	list_remove(&c->link);
	room_give(c->n);
	c->n = 0;
	c->drop(c);
}

static void drop_unpinned(struct cached *c)
{
	if (!pins_end(&c->pins))
		return;
	take_out(c);
	count_shared(&drops, 1);
}

/* From the back on, whatever nobody looks at, as long as `n` bytes more do not fit. */
static void make_room(size_t n)
{
	struct link *before;

	for (struct link *it = order.prev; it != &order && !room_for(n); it = before) {
		before = it->prev;
		drop_unpinned(CONTAINER_OF(it, struct cached, link));
	}
}

/* ------------------------------------------------------------------------------------------- */

int cache_hold(struct cached *c, size_t n, void (*drop)(struct cached *c))
{
	bool room;

	pthread_mutex_lock(&lock);
	if (room_ever(n)) /* what can never fit costs nobody his */
		make_room(n);
	room = room_take(n);
	if (room) {
		c->n = n;
		c->drop = drop;
		list_init(&c->link);
		to_front(c);
		pins_begin(&c->pins);
	}
	pthread_mutex_unlock(&lock);
	count_shared(&refused, !room);
	return room ? 0 : -ENOMEM;
}

void cache_forget(struct cached *c)
{
	pthread_mutex_lock(&lock);
	if (pins_there(&c->pins)) {
		pins_clear(&c->pins);
		take_out(c);
	}
	pthread_mutex_unlock(&lock);
}

bool cache_pin(struct cached *c)
{
	if (!pins_take(&c->pins))
		return false;
	if (__atomic_load_n(&newest, __ATOMIC_RELAXED) != c)
		cache_warm(c);
	return true;
}

/* What a lowered limit could not drop, because it was pinned, goes as soon as it is not. */
static void keep_to_limit(void)
{
	if (room_for(0))
		return;
	pthread_mutex_lock(&lock);
	make_room(0);
	pthread_mutex_unlock(&lock);
}

void cache_unpin(struct cached *c)
{
	pins_give(&c->pins);
	keep_to_limit();
}

void cache_warm(struct cached *c)
{
	pthread_mutex_lock(&lock);
	if (pins_there(&c->pins))
		to_front(c);
	pthread_mutex_unlock(&lock);
}

void cache_cool(struct cached *c)
{
	pthread_mutex_lock(&lock);
	if (pins_there(&c->pins)) {
		list_remove(&c->link);
		list_push_back(&order, &c->link);
		__atomic_store_n(&newest, NULL, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&lock);
}

uint64_t cache_limit(uint64_t bytes)
{
	uint64_t old = room_limit(bytes);

	keep_to_limit();
	return old;
}
