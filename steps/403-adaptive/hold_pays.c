/*
 * When a file is held: when all of it was wanted once, and more is.
 */
#include "core/bytes.h"
#include "stdio/policy.h"

/*
 * Of so many questions to the kernel, and as many again for each piece that is worth one by itself,
 * memory of ours would have saved some.
 */
#define FEW   8
#define PIECE (32 * KIB)

uint64_t hold_after(const struct source *src)
{
	return 1;
}

bool hold_pays(const struct source *src, const struct use *use)
{
	return src->size > 0 && use->bytes >= src->size && use->fills >= FEW + src->size / PIECE;
}

void policy_learn(const struct source *src, const struct use *use, enum stage_mode mode)
{
}
