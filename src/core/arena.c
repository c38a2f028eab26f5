/*
 * The arena's one operation: skip to the alignment, take, clear. Costs the clearing.
 */
#include <string.h>
#include "core/arena.h"

void *arena_alloc(struct arena *a, size_t n, size_t align)
{
	size_t skip = -(uintptr_t)a->next & (align - 1);
	size_t left = arena_left(a);

	if (skip > left || n > left - skip)
		return NULL;

	char *p = a->next + skip;
	a->next = p + n;
	return memset(p, 0, n);
}
