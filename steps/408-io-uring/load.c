/*
 * The small files of a set go through one ring, a batch at a time: all are looked at, then all
 * opened, read, and closed. What the ring leaves (large files, what failed, everything where
 * there is no ring) is brought in one by one.
 *
 * Cost: four system calls for a batch, instead of four for each file.
 */
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/set.h"
#include "stdio/sys.h"
#include "stdio/uring.h"

COUNTER(requests, "uring.requests");

#define BATCH 64

/* To set up a ring takes as long as to read a few files. */
#define WORTH_A_RING 16

/* A result that the kernel does not give: it has not heard of the request. */
#define NOT_DONE (-ECANCELED)

struct slot {
	struct set_item *item;
	bool in;    /* the next wave has a request for it */
	int result; /* of the last one, or NOT_DONE */
	int fd;
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

static void note(void *context, uint64_t id, int result)
{
	struct batch *b = context;

	b->slots[id].result = result;
}

/* The same request for each slot that is in; then answered() with its result. */
static void wave(struct batch *b, void (*ask)(struct uring *r, uint64_t id, struct slot *s),
		 void (*answered)(struct batch *b, struct slot *s))
{
	unsigned asked = 0, done;

	for (size_t i = 0; i < b->n; i++) {
		if (!b->slots[i].in)
			continue;
		b->slots[i].result = NOT_DONE;
		ask(&b->ring, i, &b->slots[i]);
		asked++;
	}
	done = uring_run(&b->ring, note, b);
	count_shared(&requests, done);
	b->over |= done < asked;
	for (struct slot *s = b->slots; s < b->slots + b->n; s++)
		if (s->in)
			answered(b, s);
}

/* --- four waves --------------------------------------------------------------------------- */

static void look(struct uring *r, uint64_t id, struct slot *s)
{
	uring_ask_statx(r, id, s->item->path, &s->st);
}

/* To open what is no regular file may wait: not here. */
static void looked(struct batch *b, struct slot *s)
{
	int err = s->result;

	if (!err)
		err = S_ISREG(s->st.stx_mode) ? load_begin(&s->loading, b->set, s->st.stx_size)
					      : -EOPNOTSUPP;
	b->over |= err == -ENOMEM;
	s->in = !err;
}

static void open_file(struct uring *r, uint64_t id, struct slot *s)
{
	uring_ask_open(r, id, s->item->path);
}

static void opened(struct batch *b, struct slot *s)
{
	s->fd = s->result;
	s->in = s->fd >= 0;
	if (!s->in)
		load_end(&s->loading, b->set, s->item, s->fd);
}

static void read_file(struct uring *r, uint64_t id, struct slot *s)
{
	uring_ask_read(r, id, s->fd, s->loading.memory, s->loading.src.size + 1);
}

static void was_read(struct batch *b, struct slot *s)
{
	load_end(&s->loading, b->set, s->item, s->result);
}

static void close_file(struct uring *r, uint64_t id, struct slot *s)
{
	uring_ask_close(r, id, s->fd);
}

static void closed(struct batch *b, struct slot *s)
{
	if (s->result == NOT_DONE)
		sys_close(s->fd);
}

/* --- all of them -------------------------------------------------------------------------- */

static void load_batch(struct batch *b, struct set_item *items, size_t n)
{
	b->n = n;
	for (size_t i = 0; i < n; i++)
		b->slots[i] = (struct slot){ .item = &items[i], .in = true };
	wave(b, look, looked);
	wave(b, open_file, opened);
	wave(b, read_file, was_read);
	wave(b, close_file, closed);
}

void load_all(struct stage_set *set)
{
	struct batch b = { .set = set };

	if (set->n >= WORTH_A_RING && uring_init(&b.ring, BATCH) == 0) {
		for (size_t i = 0; i < set->n && !b.over; i += BATCH)
			load_batch(&b, &set->items[i], min_u64(BATCH, set->n - i));
		uring_release(&b.ring);
	}
	load_each(set);
}
