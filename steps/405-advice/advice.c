/*
 * Advice where it changes what the kernel does: long work in order, a map that is cold, and
 * whatever the caller knows. Not where it reads ahead well by itself, nor for less than it reads
 * ahead anyway: there a call would be all that is had.
 *
 * Cost: one system call for each long file, and for each hint (two, of a mapped file).
 */
#include "stdio/advice.h"
#include <fcntl.h>
#include <sys/mman.h>
#include "core/bytes.h"
#include "stdio/fill.h"
#include "stdio/sys.h"

/* The kernel's own window is 128 KiB; twice that is no news to a file of a few of them. */
#define LONG ((uint64_t)1 << 20)
/* As many fills in order as make a habit. */
#define HABIT 4
#define PAGE  4096u

/* Nothing is known yet: what is read first will be. */
void advice_opened(struct fill *f)
{
}

/*
 * Said once, with much still to come. Jumps need no word: a small read out of order makes the
 * kernel read nothing ahead.
 */
void advice_filling(struct fill *f, uint64_t at, uint64_t next)
{
	const struct source *src = f->src;
	bool in_order = at == next && f->use.seeks <= 1;

	if (in_order && f->use.fills == HABIT && src->regular && src->size > at &&
	    src->size - at >= LONG)
		sys_fadvise(src->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

/* A page that is touched brings its neighbours on both sides; who reads on wants those ahead. */
void advice_mapped(const char *p, size_t n)
{
	if (n >= LONG)
		sys_madvise(p, n, MADV_SEQUENTIAL);
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
	const struct way *way = fill_way(f);
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
	got = way->show(f, at - before, 1, &p);
	if (got <= 0)
		return;
	if (n == 0 || n + before > (uint64_t)got)
		n = got - before;
	if (hint == STAGE_HINT_DONTNEED)
		n = n == (uint64_t)got ? n : n / PAGE * PAGE;
	sys_madvise(p, n + before, words[hint].map);
	if (way->hide)
		(void)way->hide(f, p, got);
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
