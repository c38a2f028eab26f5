/*
 * The whole file is mapped when it is opened, and shown where the kernel has it.
 *
 * Cost: two system calls for a file, whatever its size, and a page fault for each page that is
 * touched (Linux brings its neighbours along, where they are in memory). A reader's bytes are
 * copied once; those of a view, not at all.
 */
#include <stdlib.h>
#include "core/count.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/guard.h"
#include "stdio/sys.h"
#include "stdio/ways.h"

COUNTER(maps, "map.maps");
COUNTER(mapped, "map.bytes");

static int map_file(struct guarded *g, int fd, size_t n)
{
	char *p;
	int err = sys_mmap(fd, 0, n, &p);

	if (err)
		return err;
	err = guard_watch(g, p, n);
	if (err) {
		sys_munmap(p, n);
		return err;
	}
	count_shared(&maps, 1);
	count_shared(&mapped, n);
	advice_mapped(p, n);
	return 0;
}

static int map_open(struct hold *h)
{
	const struct source *src = h->fill->src;
	size_t n = src->size;
	struct guarded *g;
	int err;

	if (!src->regular || src->fd < 0 || n == 0 || n != src->size)
		return -EOPNOTSUPP;
	g = malloc(sizeof(*g));
	if (!g)
		return -ENOMEM;
	err = map_file(g, src->fd, n);
	if (err) {
		free(g);
		return err;
	}
	h->state = g;
	return 0;
}

static void map_close(struct hold *h)
{
	struct guarded *g = h->state;

	guard_forget(g);
	sys_munmap(g->p, g->n);
	free(g);
}

/* What lies behind the map may have come since, and what is broken is no longer the file. */
static ssize_t map_show(struct hold *h, uint64_t at, size_t want, const char **p)
{
	const struct guarded *g = h->state;

	if (at >= g->n || guard_broken(g))
		return 0;
	*p = g->p + at;
	return g->n - at;
}

static int map_vouch(struct hold *h, const char *p, size_t n)
{
	return guard_broken(h->state) ? -EIO : 0;
}

static ssize_t map_copy(struct hold *h, void *to, const char *p, size_t n)
{
	return guard_copy(h->state, to, p, n);
}

const struct way map_way = {
	.mode = STAGE_MMAP,
	.open = map_open,
	.close = map_close,
	.show = map_show,
	.vouch = map_vouch,
	.copy = map_copy,
};
