/*
 * Counters: exact counts that prove why a step is faster.
 *
 * Declare a counter in the file that counts; the linker gathers them in one
 * section, so there is no central list to edit:
 *
 *	COUNTER(requests, "virtio.requests");	at the top of the file
 *	count(&requests, 1);			in the seam's one wrapper
 *
 * Always on: count() compiles to one add. Never count inside a loop over bytes,
 * and let nothing depend on a counter's value. Names are `layer.things`, lower
 * case; a name may be declared in several files, readers add them up.
 */
#ifndef CORE_COUNT_H
#define CORE_COUNT_H

#include "core/types.h"

struct counter {
	const char *name;
	uint64_t n;
};

/* Readers step through the section by this size; a larger struct would be padded. */
_Static_assert(sizeof(struct counter) == 16, "the counters section is an array of 16-byte slots");

#define COUNTER(id, text)        \
	static struct counter id \
		__attribute__((section("counters"), used, aligned(16))) = { text, 0 }

static inline void count(struct counter *c, uint64_t n)
{
	c->n += n;
}

/* The same where threads share the counter. */
static inline void count_shared(struct counter *c, uint64_t n)
{
	__atomic_fetch_add(&c->n, n, __ATOMIC_RELAXED);
}

/* A high-water mark instead of a sum: the counter keeps the largest value seen. */
static inline void count_peak(struct counter *c, uint64_t value)
{
	if (c->n < value)
		c->n = value;
}

/*
 * The counters of this program, in no particular order: the next one after
 * `prev`, the first for NULL, NULL after the last.
 *
 *	for (const struct counter *c = NULL; (c = counter_next(c));)
 *		print("%s %llu\n", c->name, c->n);
 */
const struct counter *counter_next(const struct counter *prev);

#endif
