/*
 * The way follows use. When a file is opened, all that is known is its size, and that does not
 * say whether a byte of it will be wanted twice: so opening it brings nothing in. The first
 * question that shows what is wanted decides.
 *
 * Cost: a comparison or two before each system call that would have been made anyway.
 */
#include "stdio/policy.h"
#include "core/bytes.h"
#include "stdio/rules.h"

static enum stage_mode hold(const struct source *src, enum rule map_from)
{
	return src->size >= rule(map_from) ? STAGE_MMAP : STAGE_PREFETCH;
}

enum stage_mode policy_mode(enum stage_mode asked, const struct source *src, const struct use *use)
{
	if (!src->regular)
		return STAGE_NONE;
	if (asked != STAGE_ADAPTIVE)
		return asked;
	return hold_pays(src, use) ? hold(src, MAP_AGAIN) : STAGE_NONE;
}

enum stage_mode policy_view(const struct source *src, uint64_t viewed, size_t n)
{
	if (!src->regular)
		return STAGE_NONE;
	if (n >= rule(MAP_VIEW))
		return STAGE_MMAP;
	return view_pays(src, viewed, n) ? hold(src, MAP_VIEW) : STAGE_NONE;
}

/* As long as it goes on where it was, four times as much each time. */
size_t policy_unit(const struct source *src, const struct use *use)
{
	size_t least = rule(LEAST), unit = rule(MOST);
	uint64_t fills = use ? use_now(&use->fills) : UINT64_MAX;

	if (use && use_jumps(use))
		unit = least;
	else if (fills < 3)
		unit = min_u64(unit, least << 2 * fills);
	if (src->regular && src->size > 0) /* and no more than the file has, and its end */
		unit = min_u64(unit, (src->size / least + 1) * least);
	return unit;
}
