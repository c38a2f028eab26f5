/*
 * How much in small views, here and there, is worth a way. Of a small file a map costs a few faults
 * in all, which a few views are worth; of a large one, a fault each, which is more than a read.
 */
#include "core/bytes.h"
#include "stdio/policy.h"
#include "stdio/rules.h"

uint64_t view_enough(const struct source *src)
{
	uint64_t once =
		src->size <= rule(MAP_SMALL) ? min_u64(src->size, 4 * rule(LEAST)) : src->size / 2;

	return hold_after(src) * once;
}
