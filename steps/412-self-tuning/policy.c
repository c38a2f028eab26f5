/*
 * The way follows use, and what use other files of the size have had: rules.c.
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

/*
 * Of so many questions to the kernel, and as many again for each piece that is worth one by itself,
 * memory of ours would have saved some.
 */
#define FEW   8
#define PIECE (32 * KIB)
#define PAGE  4096

/* Was it wanted as often as it takes, in many questions? Not before the first. */
static bool wanted(const struct source *src, const struct use *use)
{
	uint64_t after = rule(rule_of_size(src->size));

	if (src->size == 0 || use->reads == 0)
		return false;
	return after == 0 ||
	       (use->fills >= FEW + src->size / PIECE && use->bytes / src->size >= after);
}

enum stage_mode policy_mode(enum stage_mode asked, const struct source *src, const struct use *use)
{
	if (!src->regular)
		return STAGE_NONE;
	if (asked != STAGE_ADAPTIVE)
		return asked;
	return wanted(src, use) ? hold(src, MAP_AGAIN) : STAGE_NONE;
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

	if (use && use->seeks * 2 > use->fills)
		unit = least;
	else if (use && use->fills < 3)
		unit = min_u64(unit, least << 2 * use->fills);
	if (src->regular && src->size > 0) /* and no more than the file has, and its end */
		unit = min_u64(unit, (src->size / least + 1) * least);
	return unit;
}

void policy_learn(const struct source *src, const struct use *use, enum stage_mode mode)
{
	uint64_t bytes = use->bytes + use->viewed;
	bool many = use->reads + use->viewed / PAGE >= FEW + bytes / PIECE;

	if (src->regular && src->size > 0 && bytes > 0)
		rules_learn(src->size, many ? bytes : min_u64(bytes, src->size),
			    mode != STAGE_NONE);
}
