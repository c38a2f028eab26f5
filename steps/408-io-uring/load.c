/*
 * The small files of a set go through one ring, a batch at a time: all are looked at, then all
 * opened, read, and closed. What the ring leaves (large files, what failed, everything where
 * there is no ring) is left to the threads.
 *
 * Cost: four system calls for a batch, instead of four for each file.
 */
#include <fcntl.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/set.h"
#include "stdio/sys.h"
#include "uring.h"

#define BATCH 64

/* To set up a ring takes as long as to read a few files. */
#define WORTH_A_RING 16

struct slot {
	struct set_item *item;
	bool in; /* the next request is made for it, too */
	int result;
	int fd;
	int got;
	struct statx st;
	struct loading loading;
};

struct batch {
	struct uring ring;
	struct stage_set *set;
	size_t n;
	bool over; /* no room for more, or the ring failed */
	struct slot slots[BATCH];
};

/* --- the requests ------------------------------------------------------------------------- */

static void ask_statx(struct io_uring_sqe *sqe, struct slot *s)
{
	sqe->opcode = IORING_OP_STATX;
	sqe->fd = AT_FDCWD;
	sqe->addr = (uintptr_t)s->item->path;
	sqe->len = STATX_TYPE | STATX_SIZE;
	sqe->addr2 = (uintptr_t)&s->st;
}

static void ask_open(struct io_uring_sqe *sqe, struct slot *s)
{
	sqe->opcode = IORING_OP_OPENAT;
	sqe->fd = AT_FDCWD;
	sqe->addr = (uintptr_t)s->item->path;
	sqe->open_flags = O_RDONLY | O_NOCTTY | O_CLOEXEC;
}

static void ask_read(struct io_uring_sqe *sqe, struct slot *s)
{
	sqe->opcode = IORING_OP_READ;
	sqe->fd = s->fd;
	sqe->addr = (uintptr_t)s->loading.memory;
	sqe->len = s->loading.size + 1;
}

static void ask_close(struct io_uring_sqe *sqe, struct slot *s)
{
	sqe->opcode = IORING_OP_CLOSE;
	sqe->fd = s->fd;
}

static void note(void *context, uint64_t id, int result)
{
	struct batch *b = context;

	b->slots[id].result = result;
}

/* The same request for each slot that is in; then what() with its result. */
static void wave(struct batch *b, void (*ask)(struct io_uring_sqe *sqe, struct slot *s),
		 void (*what)(struct batch *b, struct slot *s))
{
	size_t asked = 0;
	int err = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct io_uring_sqe *sqe = b->slots[i].in ? uring_next(&b->ring) : NULL;

		if (!sqe)
			continue;
		ask(sqe, &b->slots[i]);
		sqe->user_data = i;
		asked++;
	}
	if (asked > 0)
		err = uring_run(&b->ring, note, b);
	b->over |= err != 0;
	for (struct slot *s = b->slots; s < b->slots + b->n; s++) {
		if (!s->in)
			continue;
		s->result = err ? err : s->result;
		what(b, s);
	}
}

/* --- their answers ------------------------------------------------------------------------ */

/* To open what is no regular file may wait: not here. */
static void looked_at(struct batch *b, struct slot *s)
{
	struct source src = { .fd = -1, .seeks = true, .regular = true, .size = s->st.stx_size };
	int err = s->result;

	if (!err)
		err = S_ISREG(s->st.stx_mode) ? load_begin(&s->loading, b->set, &src) : -EOPNOTSUPP;
	b->over |= err == -ENOMEM;
	s->in = !err;
}

static void opened(struct batch *b, struct slot *s)
{
	s->fd = s->result;
	s->in = s->fd >= 0;
	if (!s->in)
		load_end(&s->loading, b->set, s->item, s->fd);
}

static void was_read(struct batch *b, struct slot *s)
{
	s->got = s->result;
}

static void closed(struct batch *b, struct slot *s)
{
	if (b->over && s->result < 0)
		sys_close(s->fd); /* the ring is gone, the descriptor is not */
	load_end(&s->loading, b->set, s->item, s->got);
}

/* --- all of them -------------------------------------------------------------------------- */

static void load_batch(struct batch *b, struct set_item *items, size_t n)
{
	b->n = n;
	for (size_t i = 0; i < n; i++)
		b->slots[i] = (struct slot){ .item = &items[i], .in = true };
	wave(b, ask_statx, looked_at);
	wave(b, ask_open, opened);
	wave(b, ask_read, was_read);
	wave(b, ask_close, closed);
}

void load_all(struct stage_set *set)
{
	struct batch b = { .set = set };

	if (set->n >= WORTH_A_RING && uring_open(&b.ring, BATCH) == 0) {
		for (size_t i = 0; i < set->n && !b.over; i += BATCH)
			load_batch(&b, &set->items[i], min_u64(BATCH, set->n - i));
		uring_close(&b.ring);
	}
	load_by_threads(set);
}
