/*
 * The way follows use. When a file is opened, all that is known is its size, and that does not
 * say whether a byte of it will be wanted twice: so opening it brings nothing in. The first
 * question that shows what is wanted decides.
 *
 * Cost: a comparison or two before each system call that would have been made anyway.
 */
#include "stdio/policy.h"
#include "core/bytes.h"
#include "core/err.h"
#include "core/format.h"

/* Measured: the matrix of size, access and cache. */
static const struct {
	size_t map_view;    /* a view of so many bytes is worth a map */
	size_t map_small;   /* up to this size, a few small ones are; else half the file */
	size_t map_again;   /* so is a file of so many that is read again; a smaller one, memory */
	size_t least, most; /* at a time: for who jumps, for who reads on */
} rules = {
	.map_view = 128 * KIB,
	.map_small = 1024 * KIB,
	.map_again = 64 * KIB,
	.least = 4 * KIB,
	.most = 256 * KIB,
};

/*
 * Of so many questions to the kernel, and as many again for each piece that is worth one by itself,
 * memory of ours would have saved some.
 */
#define FEW   8
#define PIECE (32 * KIB)

/* All of it was wanted once, and more is. */
static enum stage_mode hold(const struct source *src, size_t map_from)
{
	return src->size >= map_from ? STAGE_MMAP : STAGE_PREFETCH;
}

enum stage_mode policy_mode(enum stage_mode asked, const struct source *src, const struct use *use)
{
	if (!src->regular)
		return STAGE_NONE;
	if (asked != STAGE_ADAPTIVE)
		return asked;
	if (src->size == 0 || use->bytes < src->size || use->fills < FEW + src->size / PIECE)
		return STAGE_NONE;
	return hold(src, rules.map_again);
}

/*
 * Small views here and there: of a small file a map costs a few faults in all, which a few views
 * are worth; of a large one, a fault each, which is more than a read.
 */
static uint64_t enough(const struct source *src)
{
	return src->size <= rules.map_small ? min_u64(src->size, 4 * rules.least) : src->size / 2;
}

enum stage_mode policy_view(const struct source *src, uint64_t viewed, size_t n)
{
	if (!src->regular)
		return STAGE_NONE;
	if (n >= rules.map_view)
		return STAGE_MMAP;
	return viewed > enough(src) ? hold(src, rules.map_view) : STAGE_NONE;
}

/* As long as it goes on where it was, four times as much each time. */
size_t policy_unit(const struct source *src, const struct use *use)
{
	size_t unit = rules.most;

	if (use && use->seeks * 2 > use->fills)
		unit = rules.least;
	else if (use && use->fills < 3)
		unit = min_u64(unit, rules.least << 2 * use->fills);
	if (src->regular && src->size > 0) /* and no more than the file has, and its end */
		unit = min_u64(unit, (src->size / rules.least + 1) * rules.least);
	return unit;
}

void policy_learn(const struct source *src, const struct use *use, enum stage_mode mode)
{
}

size_t policy_rules(char *text, size_t size)
{
	return format(text, size,
		      "view.map %zu\nview.small %zu\nagain.map %zu\nunit.least %zu\n"
		      "unit.most %zu\n",
		      rules.map_view, rules.map_small, rules.map_again, rules.least, rules.most);
}

int policy_pin(const char *text)
{
	return -EOPNOTSUPP;
}
