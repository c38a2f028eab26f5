/*
 * A ring of requests to the kernel, and one of its answers; both in memory that we share with it.
 * One thread uses a ring.
 *
 *	struct uring r;
 *	if (uring_init(&r, 64) == 0) {
 *		uring_ask_statx(&r, 0, path, &st);	what is to be done; up to 64 times
 *		…
 *		n = uring_run(&r, note, slots);		all at once, until all is done
 *		uring_release(&r);
 *	}
 */
#ifndef STDIO_URING_H
#define STDIO_URING_H

#include "core/types.h"

struct io_uring_sqe;
struct io_uring_cqe;
struct statx;

struct uring {
	int fd;
	char *rings; /* head and tail of both, and the answers */
	size_t rings_size;
	struct io_uring_sqe *sqes;
	unsigned entries;
	unsigned queued; /* requests that the kernel has not taken */
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
MUST_CHECK int uring_init(struct uring *r, unsigned entries);
void uring_release(struct uring *r);

/*
 * Requests, at most `entries` between two runs, each with an `id` of the caller's. What they point
 * to stays until they are answered. A result is that of the system call of the name. Only type and
 * size are asked for; a file is opened for reading, and read from its beginning.
 */
void uring_ask_statx(struct uring *r, uint64_t id, const char *path, struct statx *out);
void uring_ask_open(struct uring *r, uint64_t id, const char *path);
void uring_ask_read(struct uring *r, uint64_t id, int fd, void *to, size_t n);
void uring_ask_close(struct uring *r, uint64_t id, int fd);

/*
 * Have all requests done, and call answered() for each, in no order, with its id and result.
 * Returns how many were. Of more the kernel would not hear, at least now: those were not begun,
 * are forgotten, and have no answer.
 */
MUST_CHECK unsigned uring_run(struct uring *r,
			      void (*answered)(void *context, uint64_t id, int result),
			      void *context);

#endif
