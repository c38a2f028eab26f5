/*
 * A set is brought in at once, unless it is to be read through buffers.
 */
#include "stdio/set.h"

bool load_later(const struct stage_set *set)
{
	return set->options.mode == STAGE_NONE;
}

void load_again(struct stage_set *set, struct set_item *item)
{
}
