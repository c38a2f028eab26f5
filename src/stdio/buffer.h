/*
 * The buffer: the answer that is always right. It reads with the descriptor's own position,
 * so it works for pipes and terminals, and one reader uses it.
 */
#ifndef STDIO_BUFFER_H
#define STDIO_BUFFER_H

#include "core/types.h"

struct fill;

struct buffer {
	char *memory; /* NULL until the first read */
	size_t size;
	uint64_t at; /* the offset of its first byte */
	size_t n;    /* how many bytes it has */
};

/* Does the buffer have the byte at `at`? */
static inline bool buffer_has(const struct buffer *b, uint64_t at)
{
	return at - b->at < b->n;
}

/*
 * Point *p to the bytes at `at`, and say how many there are; they stay until the next call.
 * A source that cannot seek is read in order: `at` is in the buffer, or next.
 */
MUST_CHECK ssize_t buffer_show(struct fill *f, uint64_t at, size_t want, const char **p);

/*
 * Read what the buffer does not have straight to where it is wanted: up to `n` bytes, 0 at the
 * end. -EOPNOTSUPP: not so little, not here; buffer_show() knows.
 */
MUST_CHECK ssize_t buffer_bypass(struct fill *f, uint64_t at, void *to, size_t n);

/* May the position be set to `at`? 0, or what lseek(2) says. */
MUST_CHECK int buffer_seek(struct fill *f, uint64_t at);
void buffer_release(struct buffer *b);

#endif
