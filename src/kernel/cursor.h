/*
 * A list of segments that is filled from its beginning on: how far that has come.
 *
 *	struct cursor to = { .seg = segs };
 *	cursor_fill(&to, bytes, n);
 */
#ifndef KERNEL_CURSOR_H
#define KERNEL_CURSOR_H

#include "core/bytes.h"

struct cursor {
	const struct seg *seg;
	size_t at; /* bytes into it */
};

/* The next piece of memory, `n` bytes at most; the cursor stands behind it. */
struct seg cursor_take(struct cursor *c, size_t n);

/* Fill the next `n` bytes, which must be there; `bytes` NULL: with zeroes. */
void cursor_fill(struct cursor *c, const uint8_t *bytes, size_t n);

#endif
