/*
 * Nothing is read before it is asked for.
 */
#include "core/err.h"
#include "stdio/ways.h"

static int prefetch_open(struct hold *h)
{
	return -EOPNOTSUPP;
}

int prefetch_adopt(struct hold *h, char *memory, size_t n)
{
	return -EOPNOTSUPP;
}

const struct way prefetch_way = { .mode = STAGE_PREFETCH, .open = prefetch_open };
