/*
 * The whole file is read into memory when it is opened, and shown from there.
 *
 * Cost: memory for all of it, which the kernel clears and the process faults in page by page
 * before the first byte is there, and a copy of every byte, wanted or not. After that no system
 * call, and no second copy for a view.
 */
#include <stdlib.h>
#include "core/count.h"
#include "core/err.h"
#include "stdio/memory.h"
#include "stdio/ways.h"

COUNTER(files, "prefetch.files");
COUNTER(bytes, "prefetch.bytes");

struct prefetched {
	struct memory memory;
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

static ssize_t prefetch_show(struct hold *h, uint64_t at, size_t want, const char **p)
{
	struct prefetched *state = h->state;
	const char *from = memory_pin(&state->memory);

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
