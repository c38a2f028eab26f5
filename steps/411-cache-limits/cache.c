/*
 * What is held stands in a list, the last used in front; who needs room takes it from the back.
 *
 * A reader who stays with one file never takes the lock: pins are counted without it, and only
 * another file than the last one has to go to the front.
 *
 * Cost: two atomic operations for each look; who needs room passes by what is pinned.
 */
#include "stdio/cache.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/lock.h"
#include "stdio/pins.h"
#include "stdio/room.h"

COUNTER(drops, "cache.drops");
COUNTER(refused, "cache.refused");

static struct link order = { &order, &order }; /* with LOCK_CACHE, as who is in it */
static struct cached *newest;                  /* went to the front last; NULL: nobody knows */

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

static int put_in(struct cached *c, size_t n, void (*drop)(struct cached *c))
{
	if (pins_there(&c->pins))
		return -EBUSY;
	if (room_ever(n)) /* what can never fit costs nobody his */
		make_room(n);
	if (!room_take(n))
		return -ENOMEM;
	c->n = n;
	c->drop = drop;
	list_init(&c->link);
	to_front(c);
	pins_begin(&c->pins);
	return 0;
}

int cache_hold(struct cached *c, size_t n, void (*drop)(struct cached *c))
{
	int err;

	lock_take(LOCK_CACHE);
	err = put_in(c, n, drop);
	lock_give(LOCK_CACHE);
	count_shared(&refused, err == -ENOMEM);
	return err;
}

void cache_forget(struct cached *c)
{
	lock_take(LOCK_CACHE);
	if (pins_there(&c->pins)) {
		pins_clear(&c->pins);
		take_out(c);
	}
	lock_give(LOCK_CACHE);
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
	lock_take(LOCK_CACHE);
	make_room(0);
	lock_give(LOCK_CACHE);
}

void cache_unpin(struct cached *c)
{
	pins_give(&c->pins);
	keep_to_limit();
}

void cache_warm(struct cached *c)
{
	lock_take(LOCK_CACHE);
	if (pins_there(&c->pins))
		to_front(c);
	lock_give(LOCK_CACHE);
}

void cache_cool(struct cached *c)
{
	lock_take(LOCK_CACHE);
	if (pins_there(&c->pins)) {
		list_remove(&c->link);
		list_push_back(&order, &c->link);
		__atomic_store_n(&newest, NULL, __ATOMIC_RELAXED);
	}
	lock_give(LOCK_CACHE);
}

uint64_t cache_limit(uint64_t bytes)
{
	uint64_t old = room_limit(bytes);

	keep_to_limit();
	return old;
}
