/*
 * The walk over the counters: the linker has laid them side by side in one section
 * and named its ends. Costs a comparison a counter, when somebody asks.
 */
#include "core/count.h"

/* Weak, because without a single counter there is no section to name the ends of. */
extern const struct counter __start_counters[] __attribute__((weak));
extern const struct counter __stop_counters[] __attribute__((weak));

const struct counter *counter_next(const struct counter *prev)
{
	const struct counter *next = prev ? prev + 1 : __start_counters;

	return next < __stop_counters ? next : NULL;
}
