/*
 * Each file of a set is brought in before any of them is asked for.
 */
#include "core/err.h"
#include "stdio/set.h"

void load_all(struct stage_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (load_one(set, &set->items[i]) == -ENOMEM)
			break;
}
