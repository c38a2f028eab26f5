/*
 * The rules, as constants. Measured: the matrix of size, access and cache.
 */
#include "core/bytes.h"
#include "core/err.h"
#include "core/format.h"
#include "stdio/policy.h"
#include "stdio/rules.h"

static const struct {
	const char *name;
	uint64_t value;
} rules[] = {
	[MAP_VIEW] = { "view.map", 128 * KIB },  [MAP_SMALL] = { "view.small", 1024 * KIB },
	[MAP_AGAIN] = { "again.map", 64 * KIB }, [LEAST] = { "unit.least", 4 * KIB },
	[MOST] = { "unit.most", 256 * KIB },
};

uint64_t rule(enum rule r)
{
	return rules[r].value;
}

size_t policy_rules(char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		n += format(n < size ? text + n : NULL, n < size ? size - n : 0, "%s %llu\n",
			    rules[i].name, (unsigned long long)rules[i].value);
	return n;
}

int policy_pin(const char *text)
{
	return -EOPNOTSUPP;
}
