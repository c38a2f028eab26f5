/*
 * Into how many ranges a large copy is cut: one for each thread, unless they are too small for one.
 */
#include "core/bytes.h"
#include "stdio/copy.h"
#include "stdio/workers.h"

#define LEAST ((uint64_t)16 << 20)

size_t copy_ranges(uint64_t size)
{
	return min_u64(max_u64(size / LEAST, 1), MAX_WORKERS);
}
