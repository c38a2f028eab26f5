/*
 * When a file is held: as other files of its size have taught, rules.c.
 */
#include "core/bytes.h"
#include "stdio/policy.h"
#include "stdio/rules.h"

/*
 * Of so many questions to the kernel, and as many again for each piece that is worth one by itself,
 * memory of ours would have saved some.
 */
#define FEW   8
#define PIECE (32 * KIB)
#define PAGE  4096

uint64_t hold_after(const struct source *src)
{
	return rule(rule_of_size(src->size));
}

/* Was it wanted as often as it takes, in many questions? Not before the first. */
bool hold_pays(const struct source *src, const struct use *use)
{
	uint64_t after = hold_after(src);

	if (src->size == 0 || use->reads == 0)
		return false;
	return after == 0 ||
	       (use->fills >= FEW + src->size / PIECE && use->bytes / src->size >= after);
}

void policy_learn(const struct source *src, const struct use *use, enum stage_mode mode)
{
	uint64_t bytes = use->bytes + use->viewed;
	bool many = use->reads + use->viewed / PAGE >= FEW + bytes / PIECE;

	if (src->regular && src->size > 0 && bytes > 0)
		rules_learn(src->size, many ? bytes : min_u64(bytes, src->size),
			    mode != STAGE_NONE);
}
