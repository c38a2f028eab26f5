/*
 * The files of a set are brought in before any of them is asked for.
 */
#include "stdio/set.h"

void load_all(struct stage_set *set)
{
	load_each(set);
}
