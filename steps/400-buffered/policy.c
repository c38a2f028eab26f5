/*
 * Maps and prefetching are for who asks for them; nothing is chosen, nothing is learned.
 */
#include "stdio/policy.h"
#include "core/err.h"
#include "core/format.h"

/* A page, and what stdio took when a disk's block was one. */
#define UNIT 4096

enum stage_mode policy_mode(enum stage_mode asked, const struct source *src, const struct use *use)
{
	return asked == STAGE_ADAPTIVE || !src->regular ? STAGE_NONE : asked;
}

enum stage_mode policy_view(const struct source *src, uint64_t viewed, size_t n)
{
	return STAGE_NONE;
}

size_t policy_unit(const struct source *src, const struct use *use)
{
	return UNIT;
}

void policy_learn(const struct source *src, const struct use *use, enum stage_mode mode)
{
}

size_t policy_rules(char *text, size_t size)
{
	return format(text, size, "every file: none, %d bytes at a time\n", UNIT);
}

int policy_pin(const char *text)
{
	return -EOPNOTSUPP;
}
