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
#include "stdio/advice.h"
#include "stdio/cache.h"
#include "stdio/sys.h"
#include "stdio/ways.h"

COUNTER(files, "prefetch.files");
COUNTER(bytes, "prefetch.bytes");

struct held {
	struct cached cached;
	char *memory;
	size_t n; /* how much of the file it has */
};

static void drop(struct cached *c)
{
	struct held *h = CONTAINER_OF(c, struct held, cached);

	free(h->memory);
	h->memory = NULL;
	c->n = 0;
}

/* Of no bytes the cache knows nothing, and drops nothing. */
static void forget(struct held *h)
{
	cache_forget(&h->cached);
	free(h->memory);
	free(h);
}

/* Room for `n` bytes within the limit; pinned, and without memory yet. */
static int hold(size_t n, struct held **out)
{
	struct held *h = calloc(1, sizeof(*h));
	int err = h ? cache_hold(&h->cached, n, drop) : -ENOMEM;

	if (err)
		free(h);
	else
		*out = h;
	return err;
}

/* A file that has become shorter since it was opened is held as far as it goes. */
static int read_all(struct held *h, int fd, size_t n)
{
	ssize_t got;

	h->memory = malloc(n);
	if (!h->memory)
		return -ENOMEM;
	advice_prefetching(fd, n);
	got = sys_pread_all(fd, h->memory, n, 0);
	if (got < 0)
		return got;
	h->n = got;
	count_shared(&files, 1);
	count_shared(&bytes, got);
	return 0;
}

static int prefetch_open(struct fill *f)
{
	size_t n = f->src->size;
	struct held *h;
	int err;

	if (!f->src->regular || f->src->fd < 0 || n == 0 || n != f->src->size)
		return -EOPNOTSUPP;
	err = hold(n, &h);
	if (err)
		return err;
	err = read_all(h, f->src->fd, n);
	cache_unpin(&h->cached);
	if (err)
		forget(h);
	else
		f->state = h;
	return err;
}

int prefetch_adopt(struct fill *f, char *memory, size_t n)
{
	struct held *h;
	int err = f->way ? -EOPNOTSUPP : hold(n, &h);

	if (err)
		return err;
	h->memory = memory;
	h->n = n;
	cache_unpin(&h->cached);
	f->state = h;
	f->way = &prefetch_way;
	return 0;
}

static void prefetch_close(struct fill *f)
{
	forget(f->state);
}

static ssize_t prefetch_show(struct fill *f, uint64_t at, size_t want, const char **p)
{
	struct held *h = f->state;

	if (at >= h->n || !cache_pin(&h->cached))
		return 0;
	*p = h->memory + at;
	return h->n - at;
}

static int prefetch_hide(struct fill *f, const char *p, size_t n)
{
	struct held *h = f->state;

	cache_unpin(&h->cached);
	return 0;
}

const struct way prefetch_way = {
	.mode = STAGE_PREFETCH,
	.open = prefetch_open,
	.close = prefetch_close,
	.show = prefetch_show,
	.hide = prefetch_hide,
};
