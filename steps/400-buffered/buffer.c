/*
 * A buffer of one unit, filled with read(2).
 *
 * Cost: a system call for each unit (4 KiB), one more when the descriptor stands elsewhere, and
 * every byte is copied twice: by the kernel into the buffer, and out of it.
 */
#include "stdio/buffer.h"
#include <stdlib.h>
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/fill.h"
#include "stdio/sys.h"

static int make_room(struct fill *f)
{
	struct buffer *b = &f->buffer;

	if (b->memory)
		return 0;
	b->size = policy_unit(f->src, &f->use);
	b->memory = malloc(b->size);
	return b->memory ? 0 : -ENOMEM;
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

static ssize_t refill(struct fill *f, uint64_t at)
{
	struct buffer *b = &f->buffer;
	ssize_t n;

	advice_filling(f, at, b->at + b->n);
	b->n = 0;
	n = sys_read(f->src->fd, b->memory, b->size);
	if (n > 0) {
		b->at = at;
		b->n = n;
		f->src->next = at + n;
		use_add(&f->use.fills, 1);
	}
	return n;
}

ssize_t buffer_show(struct fill *f, uint64_t at, size_t want, const char **p)
{
	struct buffer *b = &f->buffer;

	if (!buffer_has(b, at)) {
		int err = make_room(f);
		ssize_t n = err ? err : go_to(f->src, at);

		if (n == 0)
			n = f->src->fd < 0 ? 0 : refill(f, at);
		if (n <= 0)
			return n;
	}
	*p = b->memory + (at - b->at);
	return b->n - (at - b->at);
}

ssize_t buffer_bypass(struct fill *f, uint64_t at, void *to, size_t n)
{
	return -EOPNOTSUPP;
}

int buffer_seek(struct fill *f, uint64_t at)
{
	int64_t now = sys_lseek(f->src->fd, at, SEEK_SET);

	if (now >= 0)
		f->src->next = now;
	return now < 0 ? (int)now : 0;
}

void buffer_release(struct buffer *b)
{
	free(b->memory);
	*b = (struct buffer){ 0 };
}
