/*
 * An end that was met is told once without a call: who asks on from a short answer asks only to
 * hear it said. Whoever asks once more wants to know whether there is more by now.
 */
#include "stdio/file.h"

bool end_was_met(struct stage_file *file)
{
	bool met = file->pos == file->fill.ended;

	file->fill.ended = NOT_SEEN;
	return met;
}

/* Threads may ask for different places; one of them is remembered. */
bool view_end_was_met(struct stage_file *file, uint64_t at)
{
	return __atomic_load_n(&file->view_end, __ATOMIC_RELAXED) == at &&
	       __atomic_exchange_n(&file->view_end, NOT_SEEN, __ATOMIC_RELAXED) == at;
}

/* Before the size that is known, fewer bytes may mean an error behind them. */
void view_met_end(struct stage_file *file, uint64_t end)
{
	if (end >= file->src.size)
		__atomic_store_n(&file->view_end, end, __ATOMIC_RELAXED);
}
