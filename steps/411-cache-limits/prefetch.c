/*
 * The whole file is read into memory when it is opened. That may be dropped for others at any
 * time; then the buffer answers, until it was asked for as many bytes as the file has. Only then
 * is the file read again: so nobody reads much more than twice what he would without memory.
 */
#include <stdlib.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/memory.h"
#include "stdio/ways.h"

COUNTER(files, "prefetch.files");
COUNTER(bytes, "prefetch.bytes");
COUNTER(again, "prefetch.again");

struct prefetched {
	struct memory memory;
	uint64_t missed; /* bytes asked for since they were dropped */
};

/* Pinned on success. A file that has become shorter since it was opened: what came is kept. */
static int read_whole(const struct source *src, struct memory *m)
{
	int err = memory_read(m, src->fd, src->size);

	count_shared(&bytes, err ? 0 : m->n);
	return err;
}

static int prefetch_open(struct hold *h)
{
	const struct source *src = h->fill->src;
	struct prefetched *state;
	int err;

	if (!src->regular || src->fd < 0 || src->size == 0 || src->size > SIZE_MAX)
		return -EOPNOTSUPP;
	state = calloc(1, sizeof(*state));
	err = state ? read_whole(src, &state->memory) : -ENOMEM;
	if (err) {
		free(state);
		return err;
	}
	memory_unpin(&state->memory);
	count_shared(&files, 1);
	h->state = state;
	return 0;
}

/* It stays pinned as long as the file is open: its bytes may stand nowhere else. */
int prefetch_adopt(struct hold *h, char *memory, size_t n)
{
	struct prefetched *state = calloc(1, sizeof(*state));
	int err = state ? memory_adopt(&state->memory, n, memory) : -ENOMEM;

	if (err) {
		free(state);
		return err;
	}
	h->state = state;
	return 0;
}

static void prefetch_close(struct hold *h)
{
	struct prefetched *state = h->state;

	memory_release(&state->memory);
	free(state);
}

/* --- after a drop -------------------------------------------------------------------------- */

/*
 * A question that the buffer answers costs at least its unit. Of all threads that ask, the one
 * whose question makes it as much as the file has is to read it; the others go on as before.
 */
static bool worth_reading(struct fill *f, struct prefetched *state, uint64_t at, size_t want)
{
	uint64_t size = f->src->size;
	uint64_t cost = min_u64(max_u64(want, policy_unit(f->src, &f->use)), size);
	uint64_t before;

	if (at >= size)
		return false;
	before = __atomic_fetch_add(&state->missed, cost, __ATOMIC_ACQUIRE);
	return before < size && before + cost >= size;
}

/* Pinned, or NULL: there is no room, or it cannot be read, and the buffer will say why. */
static const char *read_again(struct fill *f, struct prefetched *state)
{
	bool came = read_whole(f->src, &state->memory) == 0;

	count_shared(&again, came);
	/* Release: from here on, the next one may be another thread. */
	__atomic_store_n(&state->missed, 0, __ATOMIC_RELEASE);
	return came ? state->memory.p : NULL;
}

static ssize_t prefetch_show(struct hold *h, uint64_t at, size_t want, const char **p)
{
	struct prefetched *state = h->state;
	const char *from = memory_pin(&state->memory);

	if (!from && worth_reading(h->fill, state, at, want))
		from = read_again(h->fill, state);
	if (!from)
		return 0;
	if (at >= state->memory.n) {
		memory_unpin(&state->memory);
		return 0;
	}
	*p = from + at;
	return state->memory.n - at;
}

const struct way prefetch_way = {
	.mode = STAGE_PREFETCH,
	.open = prefetch_open,
	.close = prefetch_close,
	.show = prefetch_show,
	.hide = memory_hide,
	.expect = memory_expect,
	.holds = memory_holds,
};
