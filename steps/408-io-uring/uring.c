/*
 * io_uring, by its three system calls: setup, mmap, enter.
 *
 * Each ring has a head and a tail, and each of these four has one writer. Who writes one publishes
 * with it what stands in the ring's slots: a store-release, which the reader's load-acquire
 * on the other side meets. So no lock is needed between a program and its kernel.
 * https://kernel.dk/io_uring.pdf, 4 and 5; io_uring(7)
 */
#include "uring.h"
#include <string.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/sys.h"

COUNTER(requests, "uring.requests");

static void find_rings(struct uring *r, const struct io_uring_params *p)
{
	r->entries = p->sq_entries;
	r->sq_tail = (unsigned *)(r->rings + p->sq_off.tail);
	r->sq_mask = *(unsigned *)(r->rings + p->sq_off.ring_mask);
	r->sq_slots = (unsigned *)(r->rings + p->sq_off.array);
	r->cq_head = (unsigned *)(r->rings + p->cq_off.head);
	r->cq_tail = (unsigned *)(r->rings + p->cq_off.tail);
	r->cq_mask = *(unsigned *)(r->rings + p->cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(r->rings + p->cq_off.cqes);
}

/* Since Linux 5.4 one map has both rings; what is older lacks the requests that we make, too. */
static int map_rings(struct uring *r, const struct io_uring_params *p)
{
	size_t sq = p->sq_off.array + p->sq_entries * sizeof(unsigned);
	size_t cq = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	char *sqes;
	int err;

	if (!(p->features & IORING_FEAT_SINGLE_MMAP))
		return -EOPNOTSUPP;
	r->rings_size = max_u64(sq, cq);
	err = sys_mmap_ring(r->fd, IORING_OFF_SQ_RING, r->rings_size, &r->rings);
	if (err)
		return err;
	err = sys_mmap_ring(r->fd, IORING_OFF_SQES, p->sq_entries * sizeof(*r->sqes), &sqes);
	if (err) {
		sys_munmap_ring(r->rings, r->rings_size);
		return err;
	}
	r->sqes = (struct io_uring_sqe *)sqes;
	find_rings(r, p);
	return 0;
}

int uring_open(struct uring *r, unsigned entries)
{
	struct io_uring_params p = { 0 };
	int err;

	*r = (struct uring){ .fd = sys_io_uring_setup(entries, &p) };
	if (r->fd < 0)
		return r->fd;
	err = map_rings(r, &p);
	if (err)
		sys_close(r->fd);
	return err;
}

void uring_close(struct uring *r)
{
	sys_munmap_ring((char *)r->sqes, r->entries * sizeof(*r->sqes));
	sys_munmap_ring(r->rings, r->rings_size);
	sys_close(r->fd);
}

/* The slot is free: every run has ended with all requests taken and answered. */
struct io_uring_sqe *uring_next(struct uring *r)
{
	unsigned slot = r->tail++ & r->sq_mask;

	r->queued++;
	r->sq_slots[slot] = slot;
	return memset(&r->sqes[slot], 0, sizeof(*r->sqes));
}

static unsigned take_answers(struct uring *r, void (*answered)(void *, uint64_t, int),
			     void *context)
{
	unsigned head = *r->cq_head; /* nobody else writes it */
	/* Acquire: the answers up to this tail were written before it. Meets the kernel's release.
	 */
	unsigned tail = __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE);
	unsigned n = tail - head;

	for (; head != tail; head++) {
		const struct io_uring_cqe *cqe = &r->cqes[head & r->cq_mask];

		answered(context, cqe->user_data, cqe->res);
	}
	/* Release: we have read them before the kernel sees that it may write there again. */
	__atomic_store_n(r->cq_head, head, __ATOMIC_RELEASE);
	return n;
}

/*
 * Once the kernel has a request, it has our memory too, and nothing leads back: whatever
 * enter says then, we wait.
 */
int uring_run(struct uring *r, void (*answered)(void *context, uint64_t id, int result),
	      void *context)
{
	unsigned all = r->queued;
	unsigned left = all;

	/* Release: the requests are complete before the kernel sees the tail behind them. */
	__atomic_store_n(r->sq_tail, r->tail, __ATOMIC_RELEASE);
	while (left > 0) {
		int n = sys_io_uring_enter(r->fd, r->queued, left, IORING_ENTER_GETEVENTS);

		if (n < 0 && r->queued == all)
			return n;
		r->queued -= n > 0 ? n : 0;
		left -= take_answers(r, answered, context);
	}
	count_shared(&requests, all);
	return 0;
}
