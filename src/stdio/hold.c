/*
 * A count of users, which nobody raises from zero.
 *
 * Cost: two atomic operations for each look.
 */
#include "stdio/hold.h"
#include <stdlib.h>
#include "stdio/fill.h"

/* The last user is closing the way: neither in use, nor to be used again. */
#define CLOSING (1u << 31)

struct hold *hold_new(struct fill *f)
{
	struct hold *h = f->holds;

	/* Acquire: its last way is closed. */
	while (h && __atomic_load_n(&h->users, __ATOMIC_ACQUIRE) != 0)
		h = h->next;
	if (!h) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return NULL;
		*h = (struct hold){ .fill = f, .next = f->holds };
		f->holds = h;
	}
	return h;
}

/* Release: who takes it sees the state that was opened. */
void hold_begin(struct hold *h, const struct way *way)
{
	__atomic_store_n(&h->way, way, __ATOMIC_RELAXED);
	__atomic_store_n(&h->users, 1, __ATOMIC_RELEASE);
}

static bool take(struct hold *h)
{
	unsigned now = __atomic_load_n(&h->users, __ATOMIC_RELAXED);

	do {
		if (now == 0 || now == CLOSING)
			return false;
	} while (!__atomic_compare_exchange_n(&h->users, &now, now + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

/* What cannot be taken was left meanwhile: there is another by now, or none. */
struct hold *hold_take(struct hold **held)
{
	struct hold *h;

	do
		h = __atomic_load_n(held, __ATOMIC_ACQUIRE);
	while (h && !take(h));
	return h;
}

/* Release: we have looked before it is closed. Acquire: so have the others. */
void hold_put(struct hold *h)
{
	unsigned now = __atomic_load_n(&h->users, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(&h->users, &now, now == 1 ? CLOSING : now - 1, true,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
	if (now == 1) {
		h->way->close(h);
		__atomic_store_n(&h->users, 0, __ATOMIC_RELEASE);
	}
}

void hold_free_all(struct fill *f)
{
	struct hold *next;

	for (struct hold *h = f->holds; h; h = next) {
		next = h->next;
		free(h);
	}
	f->holds = NULL;
}
