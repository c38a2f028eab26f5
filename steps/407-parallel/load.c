/*
 * The files of a set are brought in by several threads.
 */
#include "stdio/set.h"

void load_all(struct stage_set *set)
{
	load_by_threads(set);
}
