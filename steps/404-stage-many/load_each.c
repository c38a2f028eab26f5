/*
 * One file after the other.
 */
#include "core/err.h"
#include "stdio/set.h"

void load_each(struct stage_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (load_one(set, &set->items[i]) == -ENOMEM)
			break;
}
