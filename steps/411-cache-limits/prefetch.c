/*
 * The whole file is read into memory when it is opened. That may be dropped for others at any
 * time; then the buffer answers, until it was asked for as many bytes as the file has. Only then
 * is the file read again: so nobody reads much more than twice what he would without memory.
 */
#include <pthread.h>
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
	bool for_good; /* no descriptor to read it again from: pinned until it is closed */
	pthread_mutex_t reading;
	uint64_t missed; /* bytes asked for since they were dropped */
};

static int read_whole(struct source *src, struct memory *m)
{
	int err = memory_read(m, src->fd, src->size);

	count_shared(&bytes, err ? 0 : m->n);
	return err;
}

static int prefetch_open(struct fill *f)
{
	struct source *src = f->src;
	struct prefetched *state;
	int err;

	if (!src->regular || src->size == 0 || src->size > SIZE_MAX || src->fd < 0)
		return -EOPNOTSUPP;
	state = calloc(1, sizeof(*state));
	if (!state)
		return -ENOMEM;
	err = read_whole(src, &state->memory);
	if (err) {
		free(state);
		return err;
	}
	pthread_mutex_init(&state->reading, NULL);
	memory_unpin(&state->memory);
	count_shared(&files, 1);
	f->state = state;
	return 0;
}

int prefetch_adopt(struct fill *f, char *memory, size_t n)
{
	struct prefetched *state = calloc(1, sizeof(*state));
	int err = state ? memory_adopt(&state->memory, n, memory) : -ENOMEM;

	if (err) {
		free(state);
		return err;
	}
	pthread_mutex_init(&state->reading, NULL);
	state->for_good = f->src->fd < 0;
	if (!state->for_good)
		memory_unpin(&state->memory);
	f->state = state;
	f->way = &prefetch_way;
	return 0;
}

static void prefetch_close(struct fill *f)
{
	struct prefetched *state = f->state;

	if (state->for_good)
		memory_unpin(&state->memory);
	memory_release(&state->memory);
	pthread_mutex_destroy(&state->reading);
	free(state);
}

/* --- after a drop -------------------------------------------------------------------------- */

/* A question that the buffer answers costs at least its unit. */
static bool worth_reading(struct fill *f, struct prefetched *state, uint64_t at, size_t want)
{
	uint64_t size = f->src->size;
	uint64_t cost = min_u64(max_u64(want, policy_unit(f->src, &f->use)), size);

	return at < size && __atomic_add_fetch(&state->missed, cost, __ATOMIC_RELAXED) >= size;
}

/* Pinned, or NULL: there is no room, or it cannot be read, and the buffer will say why. */
static const char *read_again(struct fill *f, struct prefetched *state)
{
	const char *p;

	pthread_mutex_lock(&state->reading);
	p = memory_pin(&state->memory);
	if (!p && read_whole(f->src, &state->memory) == 0) {
		p = state->memory.p;
		count_shared(&again, 1);
	}
	__atomic_store_n(&state->missed, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&state->reading);
	return p;
}

static ssize_t prefetch_show(struct fill *f, uint64_t at, size_t want, const char **p)
{
	struct prefetched *state = f->state;
	const char *from = memory_pin(&state->memory);

	if (!from && worth_reading(f, state, at, want))
		from = read_again(f, state);
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
