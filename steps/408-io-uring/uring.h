/*
 * A ring of requests to the kernel, and one of its answers; both in memory that we share with it.
 * One thread uses a ring.
 *
 *	struct uring r;
 *	if (uring_open(&r, 64) == 0) {
 *		struct io_uring_sqe *sqe = uring_next(&r);	what is to be done; up to 64 times
 *		…
 *		err = uring_run(&r, note, slots);		all at once, until all is done
 *		uring_close(&r);
 *	}
 */
#ifndef STDIO_URING_H
#define STDIO_URING_H

#include <linux/io_uring.h>
#include "core/types.h"

struct uring {
	int fd;
	char *rings; /* head and tail of both, and the answers */
	size_t rings_size;
	struct io_uring_sqe *sqes;
	unsigned entries;
	unsigned queued; /* requests that the kernel has not been told of */
	unsigned tail;   /* ours, of the requests */
	unsigned *sq_tail;
	unsigned sq_mask;
	unsigned *sq_slots;
	unsigned *cq_head;
	unsigned *cq_tail;
	unsigned cq_mask;
	struct io_uring_cqe *cqes;
};

/* Any error: no ring here. Old kernels have none; sandboxes and administrators forbid them. */
MUST_CHECK int uring_open(struct uring *r, unsigned entries);
void uring_close(struct uring *r);

/* A request to fill in, all zero; at most `entries` between two runs. */
struct io_uring_sqe *uring_next(struct uring *r);

/*
 * Have all requests done, and call answered() for each, in no order, with its user_data and result.
 * An error: none was begun, and answered() was not called.
 */
MUST_CHECK int uring_run(struct uring *r, void (*answered)(void *context, uint64_t id, int result),
			 void *context);

#endif
