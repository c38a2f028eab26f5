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

/*
 * Who wants a file in memory by that name gets it there packed, if it has no room as it is. Nobody
 * else does: that costs more than to read it again, wherever the kernel has it.
 */
static int open_way(struct fill *f, const struct way **way)
{
	int err = (*way)->open(f);

	if (err == -ENOMEM && *way == &prefetch_way && f->asked == STAGE_PREFETCH) {
		*way = &packed_way;
		err = packed_way.open(f);
	}
	return err;
}

/* A way that refuses is no error. What was read into the buffer stays right either way. */
static void take(struct fill *f, const struct way *way)
{
	bool refused;

	if (!way)
		return;
	pthread_mutex_lock(&f->lock);
	refused = !f->way && open_way(f, &way) != 0;
	if (!f->way && !refused)
		__atomic_store_n(&f->way, way, __ATOMIC_RELEASE);
	__atomic_store_n(&f->refused, refused, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&f->lock);
}

/* Is there a better way to be looked for? One that has refused is not asked for each buffer. */
static bool open_to_change(const struct fill *f)
{
	return f->asked == STAGE_ADAPTIVE && !fill_way(f) &&
	       !__atomic_load_n(&f->refused, __ATOMIC_RELAXED);
}

static void leave(struct fill *f)
{
	if (f->way)
		f->way->close(f);
	__atomic_store_n(&f->way, NULL, __ATOMIC_RELEASE);
	f->state = NULL;
}

int fill_open(struct fill *f, struct source *src, enum stage_mode asked, bool decode)
{
	*f = (struct fill){
		.src = src,
		.asked = asked,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ended = NOT_SEEN,
	};
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
	pthread_mutex_destroy(&f->lock);
}

void fill_stage(struct fill *f, enum stage_mode asked)
{
	const struct way *way;

	f->asked = asked;
	f->refused = false;
	way = way_of(policy_mode(asked, f->src, &f->use));
	if (f->way == &decode_way || f->way == way || f->src->fd < 0)
		return;
	leave(f);
	take(f, way);
}

/*
 * The use that is made of a file may show that another way would suit it better. At its end
 * none would: a way has nothing to show there.
 */
static void rethink(struct fill *f, uint64_t at)
{
	if (at < f->src->size && open_to_change(f))
		take(f, way_of(policy_mode(f->asked, f->src, &f->use)));
}

/* A look at less than this costs as much, through any way. */
#define LEAST 4096

static void rethink_view(struct fill *f, uint64_t at, size_t n)
{
	uint64_t viewed;

	if (at >= f->src->size)
		return;
	n = min_u64(n, f->src->size - at);
	viewed = __atomic_add_fetch(&f->use.viewed, min_u64(max_u64(n, LEAST), f->src->size),
				    __ATOMIC_RELAXED);
	if (open_to_change(f))
		take(f, way_of(policy_view(f->src, viewed, n)));
}

void fill_expect(struct fill *f, bool soon)
{
	const struct way *way = fill_way(f);

	if (way && way->expect)
		way->expect(f, soon);
}

enum stage_mode fill_mode(const struct fill *f)
{
	const struct way *way = fill_way(f);
	bool holds = way && (!way->holds || way->holds(f));

	return holds ? way->mode : STAGE_NONE;
}

/* --- the one question ---------------------------------------------------------------------- */

static ssize_t show_by_way(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	const struct way *way = fill_way(f);
	ssize_t n = way ? way->show(f, at, want, &s->p) : 0;

	if (n > 0) {
		s->n = n;
		s->by = way;
	}
	return n;
}

/* Does the way know the end, and not the descriptor? */
static bool ends(const struct way *way)
{
	return way && way->end;
}

ssize_t fill_show(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	ssize_t n;

	if (!buffer_has(&f->buffer, at))
		rethink(f, at);
	n = show_by_way(f, at, want, s);
	if (n != 0 || ends(fill_way(f)))
		return n;
	n = buffer_show(f, at, want, &s->p);
	if (n > 0) {
		s->n = n;
		s->by = NULL;
	}
	return n;
}

/* Does the way show what is left of the file, as far as it knows? */
static bool to_the_end(struct fill *f, const struct shown *s, uint64_t at)
{
	return at + s->n >= (s->by->end ? (uint64_t)s->by->end(f) : f->src->size);
}

int fill_hide(struct fill *f, const struct shown *s)
{
	return s->by && s->by->hide ? s->by->hide(f, s->p, s->n) : 0;
}

/* Less than is wanted, and not for want of more: then a view would differ from mode to mode. */
ssize_t fill_view(struct fill *f, uint64_t at, size_t want, struct shown *s)
{
	ssize_t n;

	rethink_view(f, at, want);
	n = show_by_way(f, at, want, s);
	if (n > 0 && (size_t)n < want && !to_the_end(f, s, at)) {
		fill_hide(f, s);
		n = 0;
	}
	if (n >= 0)
		advice_viewing(f, n ? s->p : NULL, at, n ? min_u64(n, want) : want);
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

ssize_t fill_some(struct fill *f, void *to, size_t n, uint64_t at)
{
	struct shown s;
	ssize_t got = fill_show(f, at, n, &s);

	if (got > 0) {
		got = fill_copy(f, &s, to, n);
		fill_hide(f, &s);
	}
	return got;
}

ssize_t fill_read(struct fill *f, void *to, size_t n, uint64_t at)
{
	ssize_t got = -EOPNOTSUPP;

	if (!buffer_has(&f->buffer, at)) {
		rethink(f, at);
		if (!fill_way(f))
			got = buffer_bypass(f, at, to, n);
	}
	return got == -EOPNOTSUPP ? fill_some(f, to, n, at) : got;
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
	bool ended = false;
	size_t done = 0;

	while (done < n && !ended) {
		ssize_t got = copy_shown(f, (char *)to + done, n - done, at + done);

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

	f->use.seeks++;
	if (way && (way->end || f->src->fd < 0 || at <= f->src->size))
		return 0;
	return buffer_seek(f, at);
}

int64_t fill_seek_end(struct fill *f, int64_t offset)
{
	const struct way *way = fill_way(f);
	int64_t end;

	if (way && (way->end || f->src->fd < 0)) {
		end = way->end ? way->end(f) : (int64_t)f->src->size;
		if (end >= 0 && __builtin_add_overflow(end, offset, &end))
			return -EOVERFLOW;
		return end < 0 ? -EINVAL : end;
	}
	end = sys_lseek(f->src->fd, offset, SEEK_END);
	if (end >= 0)
		f->src->next = end;
	return end;
}
