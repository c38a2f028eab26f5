/*
 * Into how many ranges a large copy is cut: as the rules say, unless they are too small for one.
 */
#include "core/bytes.h"
#include "stdio/copy.h"
#include "stdio/rules.h"
#include "stdio/workers.h"

#define LEAST ((uint64_t)16 << 20)

size_t copy_ranges(uint64_t size)
{
	return max_u64(min_u64(size / LEAST, min_u64(rule(RANGES), MAX_WORKERS)), 1);
}
