/*
 * A buffer that grows with its reader, and is passed by when more is wanted than it is good for.
 *
 * Cost: a system call for each unit (4 to 256 KiB); only in what has no size one more, when the
 * descriptor stands elsewhere. Bytes that are asked for in large pieces are copied once, by the
 * kernel; others twice.
 */
#include "stdio/buffer.h"
#include <stdlib.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/fill.h"
#include "stdio/sys.h"

/* From here on a call's own price hardly counts beside its bytes'. */
#define MUCH (32 * 1024)

/* What the buffer has is not what is wanted: it need not be kept. */
static int make_room(struct fill *f)
{
	size_t unit = policy_unit(f->src, &f->use);
	struct buffer *b = &f->buffer;
	char *memory;

	if (b->memory && unit <= b->size)
		return 0;
	memory = malloc(unit);
	if (memory) {
		free(b->memory);
		*b = (struct buffer){ .memory = memory, .size = unit };
	}
	return b->memory ? 0 : -ENOMEM;
}

/* Files of /proc have no size, and some of them no offsets but their own. */
static bool has_offsets(const struct source *src)
{
	return src->regular && src->size > 0;
}

/* Pipes are there already: what is asked for is what comes next. */
static int go_to(struct source *src, uint64_t at)
{
	int64_t now;

	if (src->fd < 0 || src->next == at)
		return 0;
	now = sys_lseek(src->fd, at, SEEK_SET);
	if (now < 0)
		return now;
	src->next = at;
	return 0;
}

/* From the file itself, wherever the descriptor stands. */
static ssize_t ask(struct fill *f, uint64_t at, void *to, size_t n)
{
	struct source *src = f->src;
	ssize_t got;

	if (src->fd < 0)
		return 0;
	use_add(&f->use.fills, 1);
	if (has_offsets(src)) {
		got = sys_pread(src->fd, to, n, at);
		if (source_ended(src, n, got, at + got))
			f->ended = at + got;
		return got;
	}
	got = go_to(src, at);
	if (got == 0)
		got = sys_read(src->fd, to, n);
	if (got > 0)
		src->next = at + got;
	return got;
}

static ssize_t refill(struct fill *f, uint64_t at)
{
	struct buffer *b = &f->buffer;
	ssize_t n;

	advice_filling(f, at, b->at + b->n);
	n = ask(f, at, b->memory, min_u64(b->size, policy_unit(f->src, &f->use)));
	if (n != 0) { /* the end takes nothing from what there is */
		b->at = at;
		b->n = n > 0 ? n : 0;
	}
	return n;
}

ssize_t buffer_show(struct fill *f, uint64_t at, size_t want, const char **p)
{
	struct buffer *b = &f->buffer;

	if (!buffer_has(b, at)) {
		int err = make_room(f);
		ssize_t n = err ? err : refill(f, at);

		if (n <= 0)
			return n;
	}
	*p = b->memory + (at - b->at);
	return b->n - (at - b->at);
}

ssize_t buffer_bypass(struct fill *f, uint64_t at, void *to, size_t n)
{
	if (n < MUCH && n < policy_unit(f->src, &f->use))
		return -EOPNOTSUPP;
	advice_filling(f, at, at);
	return ask(f, at, to, n);
}

int buffer_seek(struct fill *f, uint64_t at)
{
	int64_t now;

	if (has_offsets(f->src) && at <= f->src->size)
		return 0;
	now = sys_lseek(f->src->fd, at, SEEK_SET);
	if (now >= 0)
		f->src->next = now;
	return now < 0 ? (int)now : 0;
}

void buffer_release(struct buffer *b)
{
	free(b->memory);
	*b = (struct buffer){ 0 };
}
