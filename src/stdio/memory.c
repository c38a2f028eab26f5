/*
 * Held memory. Its pointer is written by the one who filled it and by whoever drops it, and read
 * by those who have pinned it: they see it with all its bytes, or not at all.
 */
#include "stdio/memory.h"
#include <stdlib.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/sys.h"

static void drop(struct cached *c)
{
	struct memory *m = CONTAINER_OF(c, struct memory, cached);

	free(__atomic_exchange_n(&m->p, NULL, __ATOMIC_ACQ_REL));
}

int memory_adopt(struct memory *m, size_t n, char *p)
{
	int err = cache_hold(&m->cached, max_u64(n, 1), drop);

	if (!err)
		memory_keep(m, p, n);
	return err;
}

int memory_hold(struct memory *m, size_t n, char **p)
{
	int err;

	n = max_u64(n, 1);
	err = cache_hold(&m->cached, n, drop);
	if (err)
		return err;
	*p = malloc(n);
	if (*p)
		return 0;
	memory_give_up(m, NULL);
	return -ENOMEM;
}

int memory_read(struct memory *m, int fd, size_t n)
{
	char *p;
	int err = memory_hold(m, n, &p);
	ssize_t got;

	if (err)
		return err;
	advice_prefetching(fd, n);
	got = sys_pread_all(fd, p, n, 0);
	if (got < 0) {
		memory_give_up(m, p);
		return got;
	}
	memory_keep(m, p, got);
	return 0;
}

void memory_keep(struct memory *m, char *p, size_t n)
{
	m->n = n;
	__atomic_store_n(&m->p, p, __ATOMIC_RELEASE);
}

void memory_give_up(struct memory *m, char *p)
{
	free(p);
	cache_unpin(&m->cached);
	cache_forget(&m->cached);
}

int memory_trim(struct memory *m, char **p, size_t n)
{
	char *less = realloc(*p, max_u64(n, 1));
	int err = less ? 0 : -ENOMEM;

	memory_give_up(m, NULL);
	if (less)
		*p = less;
	if (!err)
		err = cache_hold(&m->cached, max_u64(n, 1), drop);
	if (err)
		free(*p);
	return err;
}

const char *memory_pin(struct memory *m)
{
	const char *p;

	if (!cache_pin(&m->cached))
		return NULL;
	p = __atomic_load_n(&m->p, __ATOMIC_ACQUIRE);
	if (!p)
		cache_unpin(&m->cached);
	return p;
}

void memory_unpin(struct memory *m)
{
	cache_unpin(&m->cached);
}

void memory_release(struct memory *m)
{
	cache_forget(&m->cached);
}

/* --- as a way's ---------------------------------------------------------------------------- */

void memory_hide(struct hold *h, const char *p)
{
	memory_unpin(h->state);
}

void memory_expect(struct hold *h, bool soon)
{
	struct memory *m = h->state;

	(soon ? cache_warm : cache_cool)(&m->cached);
}

bool memory_holds(const struct hold *h)
{
	const struct memory *m = h->state;

	return __atomic_load_n(&m->p, __ATOMIC_RELAXED) != NULL;
}
