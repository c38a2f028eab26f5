/* Claims about count.h. */
#include <string.h>
#include "check.h"
#include "core/count.h"

COUNTER(apples, "test.apples");
COUNTER(most, "test.most");
COUNTER(never, "test.never");

void count_elsewhere(uint64_t n); /* count_elsewhere.c: "test.apples" and "test.pears" */

struct sum {
	uint64_t n;
	unsigned slots;
};

static struct sum sum_of(const char *name)
{
	struct sum s = { 0, 0 };

	for (const struct counter *c = NULL; (c = counter_next(c));)
		if (strcmp(c->name, name) == 0)
			s = (struct sum){ s.n + c->n, s.slots + 1 };
	return s;
}

static void check_sum(const char *name, uint64_t n, unsigned slots)
{
	struct sum got = sum_of(name);

	CHECK(got.slots == slots, "%s: found %u times, not %u", name, got.slots, slots);
	CHECK(got.n == n, "%s: got %lu, not %lu", name, got.n, n);
}

CLAIM(counters_are_gathered_from_every_file)
{
	count(&apples, 3);
	count_elsewhere(100);
	check_sum("test.apples", 103, 2);
	check_sum("test.pears", 200, 1);
	check_sum("copy.bytes", 0, 1); /* of src/core/bytes.c */
}

CLAIM(a_counter_that_never_counted_is_listed_as_zero)
{
	check_sum("test.never", never.n, 1);
	check_sum("test.never", 0, 1);
}

CLAIM(a_peak_keeps_the_largest_value)
{
	count_peak(&most, 5);
	count_peak(&most, 9);
	count_peak(&most, 7);
	check_sum("test.most", 9, 1);
}
