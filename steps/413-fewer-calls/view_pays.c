/*
 * When small views are worth a way: when they have seen enough; and, in a file that is in memory,
 * sooner. A fault there shows what lies around it, too, so that one in sixteen pages or fewer has
 * to be asked for, and a view of the others asks for nothing.
 */
#include "core/bytes.h"
#include "stdio/policy.h"

/* Whether it is in memory is asked when so much was seen; and twice as much, and so on. */
#define SOME (128 * KIB)
/* In a larger one, hardly two of a thousand views are near each other. */
#define LARGE (256 * MIB)
#define PAGE  4096

static bool time_to_ask(uint64_t viewed, size_t n)
{
	uint64_t times = viewed / SOME;
	bool power_of_two = times && !(times & (times - 1));

	return power_of_two && viewed % SOME < max_u64(n, PAGE);
}

static bool at_hand(const struct source *src, uint64_t viewed, size_t n)
{
	return src->size <= LARGE && time_to_ask(viewed, n) && source_at_hand(src, viewed) > 0;
}

bool view_pays(const struct source *src, uint64_t viewed, size_t n)
{
	return viewed > view_enough(src) || at_hand(src, viewed, n);
}
