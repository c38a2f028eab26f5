/*
 * A thread for every so many files. Each file has its own item, and what is in it does not depend
 * on who brought it in, or when.
 */
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/set.h"
#include "workers.h"

/* Below that, a thread costs more than it brings: to start one takes as long as a few files. */
#define FILES_A_THREAD 16

struct crew {
	struct stage_set *set;
	bool full; /* no room any more: the rest is opened when it is asked for */
};

static void load_next(void *of, size_t i)
{
	struct crew *crew = of;
	struct set_item *item = &crew->set->items[i];

	if (item->file || __atomic_load_n(&crew->full, __ATOMIC_RELAXED))
		return;
	if (load_one(crew->set, item) == -ENOMEM)
		__atomic_store_n(&crew->full, true, __ATOMIC_RELAXED);
}

void load_by_threads(struct stage_set *set)
{
	struct crew crew = { .set = set };
	size_t left = 0;

	for (size_t i = 0; i < set->n; i++)
		left += !set->items[i].file;
	if (left > 0)
		work_all(set->n, min_u64(left / FILES_A_THREAD + 1, MAX_WORKERS), load_next, &crew);
}
