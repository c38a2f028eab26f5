/*
 * An arena: memory that is given out in order and taken back all at once.
 *
 * The caller supplies the memory and keeps owning it; the arena only moves a
 * pointer. Freeing is going back to a mark, or forgetting the arena.
 *
 *	struct arena a = arena_over(memory, sizeof memory);
 *	struct node *n = arena_alloc(&a, sizeof *n, _Alignof(struct node));
 *	if (!n)
 *		return -ENOMEM;
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include "core/types.h"

struct arena {
	char *next; /* the first byte not given out */
	char *end;
};

static inline struct arena arena_over(void *memory, size_t n)
{
	return (struct arena){ .next = memory, .end = (char *)memory + n };
}

/* `n` zeroed bytes at a multiple of `align` (a power of two); NULL when they do not fit. */
void *arena_alloc(struct arena *a, size_t n, size_t align);

static inline size_t arena_left(const struct arena *a)
{
	return (size_t)(a->end - a->next);
}

#endif
