/*
 * Ask the way first, if there is one; else, and wherever it has nothing to show, the buffer.
 */
#include "stdio/fill.h"
#include <string.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/sys.h"
#include "stdio/ways.h"

COUNTER(delivered, "copy.bytes");

void deliver(void *to, const void *from, size_t n)
{
	count_shared(&delivered, n);
	memcpy(to, from, n);
}

void fill_expect(struct fill *f, bool soon)
{
	struct hold *h = fill_held(f);

	if (h && h->way->expect)
		h->way->expect(h, soon);
}

enum stage_mode fill_mode(const struct fill *f)
{
	struct hold *h = hold_take((struct hold **)&f->held);
	enum stage_mode mode = STAGE_NONE;

	if (!h)
		return mode;
	if (!h->way->holds || h->way->holds(h))
		mode = h->way->mode;
	hold_put(h);
	return mode;
}

/* --- the one question ---------------------------------------------------------------------- */

static ssize_t show(struct hold *h, uint64_t at, size_t want, struct shown *s)
{
	ssize_t n = h ? h->way->show(h, at, want, &s->p) : 0;

	if (n > 0) {
		s->n = n;
		s->by = h;
	}
	return n;
}

/* Does the way know the end, and not the descriptor? */
static bool ends(const struct way *way)
{
	return way && way->end;
}

/* Bit by bit in order, the buffer asks once for many: fill.h. */
static bool too_little(const struct fill *f, const struct hold *h, size_t want)
{
	return h && want < h->way->least && !use_jumps(&f->use);
}

ssize_t fill_show(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	struct hold *h;
	ssize_t n;

	if (!buffer_has(&f->buffer, at))
		fill_rethink(f, at);
	h = fill_held(f);
	n = too_little(f, h, want) ? 0 : show(h, at, want, s);
	if (n != 0 || ends(hold_way(h)))
		return n;
	n = buffer_show(f, at, want, &s->p);
	if (n > 0) {
		s->n = n;
		s->by = NULL;
	}
	return n;
}

void fill_hide(const struct shown *s)
{
	if (s->by && s->by->way->hide)
		s->by->way->hide(s->by, s->p);
}

ssize_t fill_copy(const struct shown *s, void *to, size_t n)
{
	n = min_u64(n, s->n);
	if (s->by && s->by->way->copy)
		return s->by->way->copy(s->by, to, s->p, n);
	deliver(to, s->p, n);
	return n;
}

ssize_t fill_some(struct fill *f, void *to, size_t n, uint64_t at)
{
	struct shown s;
	ssize_t got = fill_show(f, at, n, &s);

	if (got > 0) {
		got = fill_copy(&s, to, n);
		fill_hide(&s);
	}
	return got;
}

ssize_t fill_read(struct fill *f, void *to, size_t n, uint64_t at)
{
	ssize_t got = -EOPNOTSUPP;

	if (!buffer_has(&f->buffer, at)) {
		fill_rethink(f, at);
		if (!fill_way(f))
			got = buffer_bypass(f, at, to, n);
	}
	return got == -EOPNOTSUPP ? fill_some(f, to, n, at) : got;
}

/* --- at an offset, by anybody -------------------------------------------------------------- */

/* Does the way show what is left of the file, as far as it knows? */
static bool to_the_end(struct fill *f, const struct shown *s, uint64_t at)
{
	return at + s->n >= (ends(s->by->way) ? (uint64_t)s->by->way->end(s->by) : f->src->size);
}

/* Less than is wanted, and not for want of more: then a view would differ from mode to mode. */
static ssize_t show_all(struct fill *f, struct hold *h, uint64_t at, size_t want, struct shown *s)
{
	ssize_t n = show(h, at, want, s);

	if (n > 0 && (size_t)n < want && !to_the_end(f, s, at)) {
		fill_hide(s);
		n = 0;
	}
	return n;
}

ssize_t fill_view(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	struct hold *h;
	ssize_t n;

	fill_rethink_view(f, at, want);
	h = hold_take(&f->held);
	n = show_all(f, h, at, want, s);
	if (n <= 0 && h)
		hold_put(h);
	if (n >= 0)
		advice_viewing(f, n ? s->p : NULL, at, n ? min_u64(n, want) : want);
	return n;
}

int fill_view_end(const struct shown *s)
{
	const struct way *way = s->by->way;
	int err = way->vouch ? way->vouch(s->by, s->p, s->n) : 0;

	fill_hide(s);
	hold_put(s->by);
	return err;
}

static ssize_t copy_held(struct fill *f, void *to, size_t n, uint64_t at)
{
	struct hold *h = hold_take(&f->held);
	struct shown s;
	ssize_t got = show(h, at, n, &s);

	if (got > 0) {
		got = fill_copy(&s, to, n);
		fill_hide(&s);
	}
	if (h)
		hold_put(h);
	return got;
}

ssize_t fill_read_at(struct fill *f, void *to, size_t n, uint64_t at)
{
	bool ended = false;
	size_t done = 0;

	while (done < n && !ended) {
		ssize_t got = copy_held(f, (char *)to + done, n - done, at + done);

		if (got == 0 && f->src->fd >= 0 && !ends(fill_way(f))) {
			got = sys_pread(f->src->fd, (char *)to + done, n - done, at + done);
			ended = source_ended(f->src, n - done, got, at + done + got);
		}
		if (got <= 0)
			return done ? (ssize_t)done : got;
		done += got;
	}
	return done;
}

/* --- where one may go ---------------------------------------------------------------------- */

int fill_seek(struct fill *f, uint64_t at)
{
	const struct way *way = fill_way(f);

	use_add(&f->use.seeks, 1);
	if (way && (way->end || f->src->fd < 0 || at <= f->src->size))
		return 0;
	return buffer_seek(f, at);
}

int64_t fill_seek_end(struct fill *f, int64_t offset)
{
	const struct way *way = fill_way(f);
	int64_t end;

	if (way && (way->end || f->src->fd < 0)) {
		end = way->end ? way->end(fill_held(f)) : (int64_t)f->src->size;
		if (end >= 0 && __builtin_add_overflow(end, offset, &end))
			return -EOVERFLOW;
		return end < 0 ? -EINVAL : end;
	}
	end = sys_lseek(f->src->fd, offset, SEEK_END);
	if (end >= 0)
		f->src->next = end;
	return end;
}
