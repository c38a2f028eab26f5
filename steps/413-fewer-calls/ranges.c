/*
 * Into how many ranges a large copy is cut: as the rules say.
 *
 * They begin with one. The kernel writes to a file under a lock of that file, so that ranges wait
 * for each other there, and what they could read meanwhile is mostly in memory.
 */
#include "core/bytes.h"
#include "rules.h"
#include "stdio/copy.h"
#include "stdio/workers.h"

#define LEAST ((uint64_t)16 << 20)

size_t copy_ranges(uint64_t size)
{
	return max_u64(min_u64(size / LEAST, min_u64(rule(RANGES), MAX_WORKERS)), 1);
}
