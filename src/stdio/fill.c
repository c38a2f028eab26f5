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

/* --- which way ---------------------------------------------------------------------------- */

static const struct way *way_of(enum stage_mode mode)
{
	switch (mode) {
	case STAGE_MMAP:
		return &map_way;
	case STAGE_PREFETCH:
		return &prefetch_way;
	default:
		return NULL;
	}
}

/* A way that refuses is no error. What was read into the buffer stays right either way. */
static void take(struct fill *f, const struct way *way)
{
	if (way && way->open(f) == 0)
		f->way = way;
}

static void leave(struct fill *f)
{
	if (f->way)
		f->way->close(f);
	f->way = NULL;
	f->state = NULL;
}

int fill_open(struct fill *f, struct source *src, enum stage_mode asked, bool decode)
{
	*f = (struct fill){ .src = src, .asked = asked };
	if (decode) {
		int err = decode_way.open(f);

		if (!err)
			f->way = &decode_way;
		else if (err != -ENOEXEC)
			return err;
	}
	if (!f->way)
		take(f, way_of(policy_mode(asked, src, &f->use)));
	advice_opened(f);
	return 0;
}

void fill_close(struct fill *f)
{
	policy_learn(f->src, &f->use, f->way ? f->way->mode : STAGE_NONE);
	leave(f);
	buffer_release(&f->buffer);
}

void fill_stage(struct fill *f, enum stage_mode asked)
{
	const struct way *way;

	f->asked = asked;
	way = way_of(policy_mode(asked, f->src, &f->use));
	if (f->way == &decode_way || f->way == way)
		return;
	leave(f);
	take(f, way);
}

/* The use that is made of a file may show that another way would suit it better. */
static void rethink(struct fill *f)
{
	if (f->asked == STAGE_ADAPTIVE && !f->way)
		take(f, way_of(policy_mode(f->asked, f->src, &f->use)));
}

/* --- the one question ---------------------------------------------------------------------- */

static ssize_t show_by_way(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	ssize_t n = f->way ? f->way->show(f, at, want, &s->p) : 0;

	if (n > 0) {
		s->n = n;
		s->by = f->way;
	}
	return n;
}

ssize_t fill_show(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	ssize_t n;

	if (!f->way && !buffer_has(&f->buffer, at))
		rethink(f);
	n = show_by_way(f, at, want, s);
	if (n != 0)
		return n;
	n = buffer_show(f, at, want, &s->p);
	if (n > 0) {
		s->n = n;
		s->by = NULL;
	}
	return n;
}

/* Does the way show what is left of the file, as far as it knows? */
static bool to_the_end(struct fill *f, uint64_t at, size_t n)
{
	return at + n >= (f->way->end ? (uint64_t)f->way->end(f) : f->src->size);
}

int fill_hide(struct fill *f, const struct shown *s)
{
	return s->by && s->by->hide ? s->by->hide(f, s->p, s->n) : 0;
}

/* Less than is wanted, and not for want of more: then a view would differ from mode to mode. */
ssize_t fill_view(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	ssize_t n = show_by_way(f, at, want, s);

	if (n > 0 && (size_t)n < want && !to_the_end(f, at, n)) {
		fill_hide(f, s);
		return 0;
	}
	return n;
}

ssize_t fill_copy(struct fill *f, const struct shown *s, void *to, size_t n)
{
	n = min_u64(n, s->n);
	if (s->by && s->by->copy)
		return s->by->copy(f, to, s->p, n);
	deliver(to, s->p, n);
	return n;
}

/* --- at an offset, by anybody -------------------------------------------------------------- */

static ssize_t copy_shown(struct fill *f, void *to, size_t n, uint64_t at)
{
	struct shown s;
	ssize_t got = show_by_way(f, at, n, &s);

	if (got > 0) {
		got = fill_copy(f, &s, to, n);
		fill_hide(f, &s);
	}
	return got;
}

ssize_t fill_read_at(struct fill *f, void *to, size_t n, uint64_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = copy_shown(f, (char *)to + done, n - done, at + done);

		if (got == 0 && f->src->fd >= 0 && !(f->way && f->way->end))
			got = sys_pread(f->src->fd, (char *)to + done, n - done, at + done);
		if (got <= 0)
			return done ? (ssize_t)done : got;
		done += got;
	}
	return done;
}

/* --- where one may go ---------------------------------------------------------------------- */

int fill_seek(struct fill *f, uint64_t at)
{
	int64_t now;

	f->use.seeks++;
	if (f->way && (f->way->end || f->src->fd < 0 || at <= f->src->size))
		return 0;
	now = sys_lseek(f->src->fd, at, SEEK_SET);
	if (now >= 0)
		f->src->next = now;
	return now < 0 ? (int)now : 0;
}

int64_t fill_seek_end(struct fill *f, int64_t offset)
{
	int64_t end;

	if (f->way && f->way->end) {
		end = f->way->end(f);
		if (end >= 0 && __builtin_add_overflow(end, offset, &end))
			return -EOVERFLOW;
		return end < 0 ? -EINVAL : end;
	}
	end = sys_lseek(f->src->fd, offset, SEEK_END);
	if (end >= 0)
		f->src->next = end;
	return end;
}
