/*
 * The table, what moves it, and its text.
 *
 * Files are counted by size when they are closed: how many, and how many were wanted twice. Where
 * most are, the next is held at its first question and not at its second pass; where hardly one
 * is, not before its third. The answer depends on the counts alone, never on a clock.
 *
 * Cost: a lock and a few additions for each file that is closed.
 */
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "core/format.h"
#include "stdio/lock.h"
#include "stdio/policy.h"
#include "stdio/rules.h"

COUNTER(again, "policy.again");         /* files that were wanted twice */
COUNTER(gained, "policy.gained_bytes"); /* delivered by a way, behind the first pass */

/* A line of the table: its name, and of a class of files, up to which size. */
static const struct {
	const char *name;
	uint64_t up_to;
} known[NRULES] = {
	[MAP_VIEW] = { "view.map", 0 },
	[MAP_SMALL] = { "view.small", 0 },
	[MAP_AGAIN] = { "again.map", 0 },
	[LEAST] = { "unit.least", 0 },
	[MOST] = { "unit.most", 0 },
	[RANGES] = { "copy.ranges", 0 },
	[AFTER_4K] = { "hold.after.4k", 4 * KIB },
	[AFTER_64K] = { "hold.after.64k", 64 * KIB },
	[AFTER_1M] = { "hold.after.1m", 1024 * KIB },
	[AFTER_ALL] = { "hold.after.more", UINT64_MAX },
};

/* So many closed files are an experience; of more than the other number, the past counts half. */
#define ENOUGH 16
#define MUCH   64

/* With LOCK_RULES, all that follows, and to set rules_now[]. */
static bool pinned;
static struct past {
	uint64_t closed, again, gained;
} pasts[NRULES];

uint64_t rule(enum rule r)
{
	return __atomic_load_n(&rules_now[r], __ATOMIC_RELAXED);
}

static void set(enum rule r, uint64_t value)
{
	__atomic_store_n(&rules_now[r], value, __ATOMIC_RELAXED);
}

enum rule rule_of_size(uint64_t size)
{
	enum rule r = AFTER_4K;

	while (size > known[r].up_to)
		r++;
	return r;
}

/* --- what is learned ---------------------------------------------------------------------------
 */

static uint64_t tuned(enum rule r)
{
	const struct past *past = &pasts[r];

	if (r < AFTER_4K || past->closed < ENOUGH)
		return rules_first[r];
	if (past->again * 4 >= past->closed * 3)
		return 0;
	return past->again * 8 <= past->closed ? 2 : rules_first[r];
}

static void add(struct past *past, bool twice, uint64_t gain)
{
	if (past->closed == MUCH) {
		past->closed /= 2;
		past->again /= 2;
	}
	past->closed++;
	past->again += twice;
	past->gained += gain;
}

void rules_learn(uint64_t size, uint64_t bytes, bool held)
{
	bool twice = bytes / size >= 2;
	uint64_t gain = twice && held ? bytes - size : 0;
	enum rule r = rule_of_size(size);

	count_shared(&again, twice);
	count_shared(&gained, gain);
	lock_take(LOCK_RULES);
	add(&pasts[r], twice, gain);
	if (!pinned)
		set(r, tuned(r));
	lock_give(LOCK_RULES);
}

/* --- as text -----------------------------------------------------------------------------------
 */

/* A value, and after a semicolon, for people, what it comes from. */
static size_t line(char *text, size_t size, enum rule r)
{
	const struct past *past = &pasts[r];
	const char *name = known[r].name;

	if (r < AFTER_4K)
		return format(text, size, "%s %llu\n", name, (unsigned long long)rule(r));
	return format(text, size, "%s %llu; %llu closed, %llu again, %llu bytes gained\n", name,
		      (unsigned long long)rule(r), (unsigned long long)past->closed,
		      (unsigned long long)past->again, (unsigned long long)past->gained);
}

size_t policy_rules(char *text, size_t size)
{
	size_t n = 0;

	lock_take(LOCK_RULES);
	for (enum rule r = 0; r < NRULES; r++)
		n += line(n < size ? text + n : NULL, n < size ? size - n : 0, r);
	lock_give(LOCK_RULES);
	return n;
}

/* A unit of nothing would never end, and one of much would be memory that nobody allowed. */
static bool sensible(const uint64_t *v)
{
	return v[LEAST] > 0 && v[LEAST] <= v[MOST] && v[MOST] <= 16 * MIB;
}

static int parse(const char *text, uint64_t *values)
{
	struct span rest = span_of(text);

	for (enum rule r = 0; r < NRULES; r++) {
		struct span words = span_cut(&rest, '\n');
		struct span rule_of = span_cut(&words, ';');
		struct span name = span_cut(&rule_of, ' ');

		if (!span_eq(name, span_of(known[r].name)) || span_to_u64(rule_of, &values[r]))
			return -EINVAL;
	}
	return rest.n == 0 && sensible(values) ? 0 : -EINVAL;
}

int policy_pin(const char *text)
{
	uint64_t values[NRULES];
	int err = text ? parse(text, values) : 0;

	if (err)
		return err;
	lock_take(LOCK_RULES);
	pinned = text;
	for (enum rule r = 0; r < NRULES; r++)
		set(r, text ? values[r] : tuned(r));
	lock_give(LOCK_RULES);
	return 0;
}
