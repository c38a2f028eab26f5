/*
 * Who does not choose gets a map, whatever the file; nothing is learned.
 */
#include "stdio/policy.h"
#include "core/err.h"
#include "core/format.h"

/* A page, and what stdio took when a disk's block was one. */
#define UNIT 4096

/* What could not be mapped when it was opened is not tried again each time the buffer is empty. */
enum stage_mode policy_mode(enum stage_mode asked, const struct source *src, const struct use *use)
{
	if (!src->regular)
		return STAGE_NONE;
	if (asked != STAGE_ADAPTIVE)
		return asked;
	return use->fills == 0 ? STAGE_MMAP : STAGE_NONE;
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
	return format(text, size, "every file: mmap\n");
}

int policy_pin(const char *text)
{
	return -EOPNOTSUPP;
}
