/*
 * The whole file is mapped when it is opened, and shown where the kernel has it.
 *
 * Cost: two system calls for a file, whatever its size, and a page fault for each page that is
 * touched (Linux brings its neighbours along, where they are in memory). A reader's bytes are
 * copied once; those of a view, not at all.
 */
#include <stdlib.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/guard.h"
#include "stdio/sys.h"
#include "stdio/ways.h"

/* To copy out of a map costs a call: this much is worth it. */
#define LEAST 16384

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

/*
 * What lies behind the map may have come since, and what is broken is no longer the file. No more
 * is shown than is wanted: for what is shown, vouch() has to answer.
 */
static ssize_t map_show(struct hold *h, uint64_t at, size_t want, const char **p)
{
	const struct guarded *g = h->state;

	if (at >= g->n || guard_broken(g))
		return 0;
	*p = g->p + at;
	return min_u64(want, g->n - at);
}

/*
 * The page in which a truncated file ends now is still there, with zeroes behind the end. So bytes
 * that end in a zero are believed only if the file still reaches as far.
 */
static bool intact(struct hold *h, const char *end, char last)
{
	struct guarded *g = h->state;
	uint64_t size;

	if (last == '\0' && (source_now(h->fill->src, &size) || size < (uint64_t)(end - g->p)))
		guard_break(g);
	return !guard_broken(g);
}

static int map_vouch(struct hold *h, const char *p, size_t n)
{
	return intact(h, p + n, p[n - 1]) ? 0 : -EIO;
}

/* A reader gets what read(2) says of a broken map: the bytes that are left, or the disk's error. */
static ssize_t map_copy(struct hold *h, void *to, const char *p, size_t n)
{
	struct guarded *g = h->state;

	if (guard_copy(g, to, p, n) >= 0 && intact(h, p + n, ((char *)to)[n - 1]))
		return n;
	return sys_pread_all(h->fill->src->fd, to, n, p - g->p);
}

const struct way map_way = {
	.mode = STAGE_MMAP,
	.open = map_open,
	.close = map_close,
	.show = map_show,
	.vouch = map_vouch,
	.copy = map_copy,
	.least = LEAST,
};
