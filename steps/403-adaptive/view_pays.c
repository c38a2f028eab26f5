/*
 * When small views are worth a way: when they have seen enough.
 */
#include "stdio/policy.h"

bool view_pays(const struct source *src, uint64_t viewed, size_t n)
{
	return viewed > view_enough(src);
}
