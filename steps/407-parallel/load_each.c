/*
 * A thread for every so many files. Each file has its own item, and what is in it does not depend
 * on who brought it in, or when.
 */
#include "core/count.h"
#include "core/err.h"
#include "stdio/set.h"
#include "stdio/workers.h"

COUNTER(started, "threads.started");

/* With fewer, a thread costs more than it brings: to start one takes as long as a few files. */
#define FILES_A_THREAD 16

static bool load_next(void *of, size_t i)
{
	struct stage_set *set = of;

	return load_one(set, &set->items[i]) != -ENOMEM;
}

void load_each(struct stage_set *set)
{
	size_t left = 0;

	for (size_t i = 0; i < set->n; i++)
		left += !set->items[i].file;
	count_shared(&started, work_all(set->n, left / FILES_A_THREAD, load_next, set));
}
