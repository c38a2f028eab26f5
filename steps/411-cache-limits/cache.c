/*
 * What is held stands in a list, the last used in front; who needs room takes it from the back.
 *
 * A pin is one atomic number, so that a reader who stays with one file never takes the lock:
 * only another file than the last one has to go to the front. HELD is in the same number, so
 * that what is pinned cannot be dropped and what is dropped cannot be pinned.
 */
#include "stdio/cache.h"
#include <pthread.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/stage.h"

COUNTER(drops, "cache.drops");
COUNTER(refused, "cache.refused");

#define HELD (1u << 31)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct link order = { &order, &order };
static struct cached *newest; /* whose link is in front; NULL: nobody knows */
static uint64_t limit = STAGE_LIMIT;
static uint64_t held;

/* --- these have the lock; the numbers are looked at without it, too --------------------------- */

static void say_newest(struct cached *c)
{
	__atomic_store_n(&newest, c, __ATOMIC_RELAXED);
}

static bool is_held(const struct cached *c)
{
	return __atomic_load_n(&c->pins, __ATOMIC_RELAXED) & HELD;
}

/* It is not held any more, and nobody looks at it. */
static void take_out(struct cached *c)
{
	list_remove(&c->link);
	if (newest == c)
		say_newest(NULL);
	__atomic_store_n(&held, held - c->n, __ATOMIC_RELAXED);
	c->n = 0;
	c->drop(c);
}

static void drop_unpinned(struct cached *c)
{
	unsigned unpinned = HELD;

	if (!__atomic_compare_exchange_n(&c->pins, &unpinned, 0, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	take_out(c);
	count_shared(&drops, 1);
}

/* From the back on, whatever nobody looks at, until `n` bytes more would fit. */
static bool make_room(size_t n)
{
	struct link *it = order.prev;

	while (!fits(held, n, limit) && it != &order) {
		struct link *before = it->prev;

		drop_unpinned(CONTAINER_OF(it, struct cached, link));
		it = before;
	}
	return fits(held, n, limit);
}

/* ------------------------------------------------------------------------------------------- */

int cache_hold(struct cached *c, size_t n, void (*drop)(struct cached *c))
{
	bool room;

	pthread_mutex_lock(&lock);
	room = n <= limit && make_room(n); /* what can never fit costs nobody his */
	if (room) {
		c->n = n;
		c->drop = drop;
		list_push_front(&order, &c->link);
		say_newest(c);
		__atomic_store_n(&held, held + n, __ATOMIC_RELAXED);
		__atomic_store_n(&c->pins, HELD + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	count_shared(&refused, !room);
	return room ? 0 : -ENOMEM;
}

void cache_forget(struct cached *c)
{
	pthread_mutex_lock(&lock);
	if (is_held(c)) {
		__atomic_store_n(&c->pins, 0, __ATOMIC_RELAXED);
		take_out(c);
	}
	pthread_mutex_unlock(&lock);
}

bool cache_pin(struct cached *c)
{
	unsigned pins = __atomic_load_n(&c->pins, __ATOMIC_RELAXED);

	do {
		if (!(pins & HELD))
			return false;
	} while (!__atomic_compare_exchange_n(&c->pins, &pins, pins + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	if (__atomic_load_n(&newest, __ATOMIC_RELAXED) != c)
		cache_warm(c);
	return true;
}

/* What a lowered limit could not drop, because it was pinned, goes as soon as it is not. */
void cache_unpin(struct cached *c)
{
	__atomic_fetch_sub(&c->pins, 1, __ATOMIC_RELEASE);
	if (cache_held() <= __atomic_load_n(&limit, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&lock);
	(void)make_room(0);
	pthread_mutex_unlock(&lock);
}

void cache_warm(struct cached *c)
{
	pthread_mutex_lock(&lock);
	if (is_held(c)) {
		list_move_front(&order, &c->link);
		say_newest(c);
	}
	pthread_mutex_unlock(&lock);
}

void cache_cool(struct cached *c)
{
	pthread_mutex_lock(&lock);
	if (is_held(c)) {
		list_remove(&c->link);
		list_push_back(&order, &c->link);
		if (newest == c)
			say_newest(NULL);
	}
	pthread_mutex_unlock(&lock);
}

uint64_t cache_limit(uint64_t bytes)
{
	uint64_t old;

	pthread_mutex_lock(&lock);
	old = limit;
	__atomic_store_n(&limit, bytes, __ATOMIC_RELAXED);
	(void)make_room(0);
	pthread_mutex_unlock(&lock);
	return old;
}

uint64_t cache_held(void)
{
	return __atomic_load_n(&held, __ATOMIC_RELAXED);
}
