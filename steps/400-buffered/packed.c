/*
 * Nothing is held compressed.
 */
#include "core/err.h"
#include "stdio/ways.h"

static int packed_open(struct hold *h)
{
	return -EOPNOTSUPP;
}

const struct way packed_way = { .mode = STAGE_PREFETCH, .open = packed_open };
