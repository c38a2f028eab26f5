/*
 * Advice where it changes what the kernel does: long work in order, what a disk would be waited
 * for, and whatever the caller knows. Not where it reads ahead well by itself, nor for less than it
 * reads ahead anyway: there a call would be all that is had.
 *
 * Cost: one system call for each long file and each large view, up to nine for a file that somebody
 * jumps about in (eight ask whether it is in memory), and one for each hint (two, of a mapped
 * file).
 */
#include "stdio/advice.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "core/bytes.h"
#include "stdio/fill.h"
#include "stdio/sys.h"

/* The kernel's own window is 128 KiB, unless a device is set otherwise; twice that is no news to a
 * file of a few of them. */
#define LONG ((uint64_t)1 << 20)
/* As many fills in order as make a habit. */
#define HABIT 4
#define PAGE  4096u

/* A view of less costs hardly more than the fault that it begins with. */
#define LARGE_VIEW (256 * KIB)
/* What the disk could have read in order in the time of a jump. */
#define JUMP (512 * KIB)
/* A file that is brought in on a guess is no larger. */
#define GUESS (32 * MIB)
#define PIECE (64 * KIB)

/*
 * POSIX_FADV_WILLNEED would fetch it in single pages. Who reads in order gets larger ones, and what
 * is read here is in memory for the next question, which is all it is for. What the file has grown
 * by meanwhile nobody has jumped for.
 */
static void read_through(const struct source *src)
{
	char *piece = malloc(PIECE);
	uint64_t at = 0;
	ssize_t n = piece ? 1 : 0;

	for (; n > 0 && at < src->size; at += n)
		n = sys_pread(src->fd, piece, PIECE, at);
	free(piece);
}

/* By now the jumps have taken as long as all of the file would: who knows how many will follow? */
static void jumped(struct fill *f, uint64_t jumps)
{
	uint64_t size = f->src->size;
	bool enough = jumps > 1 && jumps * JUMP >= size;

	if (!enough || size > GUESS || __atomic_exchange_n(&f->use.brought, true, __ATOMIC_RELAXED))
		return;
	if (source_at_hand(f->src, 0) == 0)
		read_through(f->src);
}

/* Nothing is known yet: what is read first will be. */
void advice_opened(struct fill *f)
{
}

/*
 * Said once, with much still to come. A small read out of order makes the kernel read nothing
 * ahead, and needs no word for that.
 */
void advice_filling(struct fill *f, uint64_t at, uint64_t next)
{
	const struct source *src = f->src;
	bool in_order = at == next && f->use.seeks <= 1;

	if (!src->regular || at >= src->size)
		return;
	if (!in_order && f->use.bytes < src->size) /* else all of it was read before */
		jumped(f, f->use.seeks);
	else if (f->use.fills == HABIT && src->size - at >= LONG)
		sys_fadvise(src->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

/*
 * All of a large view will be looked at. Where its bytes must come from a disk, a fault brings some
 * of what lies around it, in single pages. In huge ones it is 2 MiB, which are had and mapped as
 * one.
 */
void advice_viewing(struct fill *f, const char *p, uint64_t at, uint64_t n)
{
	const struct source *src = f->src;
	const struct way *way = fill_way(f);
	bool mapped = p && way && way->mode == STAGE_MMAP;

	if (!src->regular || src->fd < 0 || at >= src->size || (p && !mapped))
		return;
	if (n < LARGE_VIEW)
		jumped(f, __atomic_load_n(&f->use.viewed, __ATOMIC_RELAXED) / PAGE);
	else if (mapped)
		sys_madvise(p - at % PAGE, n + at % PAGE, MADV_HUGEPAGE);
}

/* Whether it will be read in order is not known yet. */
void advice_mapped(const char *p, size_t n)
{
}

void advice_prefetching(int fd, uint64_t n)
{
	if (n >= LONG)
		sys_fadvise(fd, 0, n, POSIX_FADV_SEQUENTIAL);
}

void advice_copying(int in, uint64_t n)
{
	if (n >= LONG)
		sys_fadvise(in, 0, 0, POSIX_FADV_SEQUENTIAL);
}

/* --- what the caller knows ------------------------------------------------------------------ */

static const struct {
	int file, map;
} words[] = {
	[STAGE_HINT_NORMAL] = { POSIX_FADV_NORMAL, MADV_NORMAL },
	[STAGE_HINT_SEQUENTIAL] = { POSIX_FADV_SEQUENTIAL, MADV_SEQUENTIAL },
	[STAGE_HINT_RANDOM] = { POSIX_FADV_RANDOM, MADV_RANDOM },
	[STAGE_HINT_WILLNEED] = { POSIX_FADV_WILLNEED, MADV_WILLNEED },
	[STAGE_HINT_DONTNEED] = { POSIX_FADV_DONTNEED, MADV_DONTNEED },
};

/* Whole pages of the map: those that the range touches; but only those that it fills may go. */
static void hint_map(struct fill *f, enum stage_hint hint, uint64_t at, uint64_t n)
{
	struct hold *h = fill_held(f);
	uint64_t before = at % PAGE;
	const char *p;
	ssize_t got;

	if (hint == STAGE_HINT_DONTNEED && before) {
		uint64_t skip = PAGE - before;

		if (n && n <= skip)
			return;
		at += skip;
		n -= n ? skip : 0;
		before = 0;
	}
	got = h->way->show(h, at - before, n ? n + before : SIZE_MAX, &p);
	if (got <= 0)
		return;
	if (n == 0 || n + before > (uint64_t)got)
		n = got - before;
	if (hint == STAGE_HINT_DONTNEED)
		n = n == (uint64_t)got ? n : n / PAGE * PAGE;
	sys_madvise(p, n + before, words[hint].map);
	if (h->way->hide)
		h->way->hide(h, p);
}

int advice_hint(struct fill *f, enum stage_hint hint, uint64_t at, uint64_t n)
{
	const struct way *way = fill_way(f);

	if (!f->src->regular || f->src->fd < 0)
		return 0;
	/* Pages that are mapped are not dropped: first from the map, then from memory. */
	if (way && way->mode == STAGE_MMAP)
		hint_map(f, hint, at, n);
	sys_fadvise(f->src->fd, at, n, words[hint].file);
	return 0;
}
