/*
 * io_uring, by its three system calls: setup, mmap, enter.
 *
 * Each ring has a head and a tail, and each of these four has one writer. Who writes one publishes
 * with it what stands in the ring's slots: a store-release, which the reader's load-acquire
 * on the other side meets. So no lock is needed between a program and its kernel.
 * https://kernel.dk/io_uring.pdf, 4 and 5; io_uring(7)
 */
#include "stdio/uring.h"
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/sys.h"

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

int uring_init(struct uring *r, unsigned entries)
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

void uring_release(struct uring *r)
{
	sys_munmap_ring((char *)r->sqes, r->entries * sizeof(*r->sqes));
	sys_munmap_ring(r->rings, r->rings_size);
	sys_close(r->fd);
}

/* --- requests ----------------------------------------------------------------------------- */

/* The slot is free: every run has ended with all requests answered or forgotten. */
static struct io_uring_sqe *next_request(struct uring *r, uint8_t opcode, uint64_t id)
{
	unsigned slot = r->tail++ & r->sq_mask;
	struct io_uring_sqe *sqe = memset(&r->sqes[slot], 0, sizeof(*sqe));

	r->queued++;
	r->sq_slots[slot] = slot;
	sqe->opcode = opcode;
	sqe->user_data = id;
	return sqe;
}

void uring_ask_statx(struct uring *r, uint64_t id, const char *path, struct statx *out)
{
	struct io_uring_sqe *sqe = next_request(r, IORING_OP_STATX, id);

	sqe->fd = AT_FDCWD;
	sqe->addr = (uintptr_t)path;
	sqe->len = STATX_TYPE | STATX_SIZE;
	sqe->addr2 = (uintptr_t)out;
}

void uring_ask_open(struct uring *r, uint64_t id, const char *path)
{
	struct io_uring_sqe *sqe = next_request(r, IORING_OP_OPENAT, id);

	sqe->fd = AT_FDCWD;
	sqe->addr = (uintptr_t)path;
	sqe->open_flags = O_RDONLY | O_NOCTTY | O_CLOEXEC;
}

void uring_ask_read(struct uring *r, uint64_t id, int fd, void *to, size_t n)
{
	struct io_uring_sqe *sqe = next_request(r, IORING_OP_READ, id);

	sqe->fd = fd;
	sqe->addr = (uintptr_t)to;
	sqe->len = n;
}

void uring_ask_close(struct uring *r, uint64_t id, int fd)
{
	next_request(r, IORING_OP_CLOSE, id)->fd = fd;
}

/* --- until they are done ------------------------------------------------------------------ */

/* Release: the requests are complete before the kernel sees the tail behind them. */
static void show_requests(struct uring *r)
{
	__atomic_store_n(r->sq_tail, r->tail, __ATOMIC_RELEASE);
}

/* It looks at the tail only while we call it: what it has not taken by then is ours again. */
static unsigned forget_requests(struct uring *r)
{
	unsigned n = r->queued;

	r->tail -= n;
	r->queued = 0;
	show_requests(r);
	return n;
}

static unsigned take_answers(struct uring *r, void (*answered)(void *, uint64_t, int),
			     void *context)
{
	unsigned head = *r->cq_head; /* nobody else writes it */
	/* Acquire: the answers up to this tail were written before it. The kernel has released it.
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
unsigned uring_run(struct uring *r, void (*answered)(void *context, uint64_t id, int result),
		   void *context)
{
	unsigned left = r->queued;
	unsigned done = 0;

	show_requests(r);
	while (done < left) {
		int n = sys_io_uring_enter(r->fd, r->queued, left - done, IORING_ENTER_GETEVENTS);

		if (n >= 0)
			r->queued -= n;
		else
			left -= forget_requests(r);
		done += take_answers(r, answered, context);
	}
	return done;
}
