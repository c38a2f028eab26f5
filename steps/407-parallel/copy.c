/*
 * A large job is cut into ranges, which are copied at the same time. Both ends have offsets, so
 * nobody waits for anybody else's position.
 *
 * The result is that of a copy from front to back. The first error stops all ranges, and is the
 * copy's. Where a file turns out to be shorter than it was, what was copied from behind that
 * place is cut off again.
 */
#include "stdio/copy.h"
#include <pthread.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "core/list.h"
#include "stdio/sys.h"
#include "workers.h"

COUNTER(parts, "copy.parts");

/* Smaller ranges are not worth a thread. */
#define LEAST ((uint64_t)16 << 20)
#define ALIGN ((uint64_t)1 << 20)

struct range {
	uint64_t skip;
	uint64_t n;
	int64_t done; /* or -errno */
};

struct copying {
	struct copy_job job; /* what the ranges share, under the lock */
	pthread_mutex_t lock;
	int stopped; /* why no range should go on */
	struct range ranges[MAX_WORKERS];
};

static void stop(struct copying *c, int err)
{
	pthread_mutex_lock(&c->lock);
	if (!c->stopped)
		c->stopped = err;
	pthread_mutex_unlock(&c->lock);
}

/* The lock is held while progress is told: it is told one thing at a time, and in order. */
int copy_did(struct copy_job *job, uint64_t n)
{
	struct copying *c = CONTAINER_OF(job, struct copying, job);
	int err;

	pthread_mutex_lock(&c->lock);
	job->done += n;
	if (!c->stopped && job->progress)
		c->stopped = job->progress(job->context, job->done, job->size);
	err = c->stopped;
	pthread_mutex_unlock(&c->lock);
	return err;
}

static void copy_next(void *of, size_t i)
{
	struct copying *c = of;
	struct range *r = &c->ranges[i];

	r->done = copy_range(&c->job, r->skip, r->n);
	if (r->done < 0)
		stop(c, r->done);
}

/* How many ranges; the last one goes to the end, wherever that is by now. */
static size_t cut(struct copying *c)
{
	const struct copy_job *job = &c->job;
	uint64_t size = min_u64(job->n, job->size);
	bool cuttable = job->in_at != AT_POSITION && job->out_at != AT_POSITION;
	size_t n = cuttable ? min_u64(max_u64(size / LEAST, 1), MAX_WORKERS) : 1;
	uint64_t each = round_down(size / n, ALIGN);

	for (size_t i = 0; i < n; i++)
		c->ranges[i] = (struct range){ .skip = i * each, .n = each };
	c->ranges[n - 1].n = job->n == TO_THE_END ? TO_THE_END : job->n - (n - 1) * each;
	return n;
}

/* Everything from the begin to the first gap counts, and nothing behind it. */
static int join(struct copying *c, size_t n)
{
	uint64_t done = 0;
	size_t i = 0;

	if (c->stopped)
		return c->stopped;
	for (; i < n; i++) {
		done += c->ranges[i].done;
		if ((uint64_t)c->ranges[i].done < c->ranges[i].n)
			break;
	}
	if (done == c->job.done)
		return 0;
	c->job.done = done;
	return sys_ftruncate(c->job.out, c->job.out_at + done);
}

int copy_do(struct copy_job *job)
{
	struct copying c = { .job = *job, .lock = PTHREAD_MUTEX_INITIALIZER };
	int err = 0;

	if (!job->whole || copy_clone(&c.job) != 0) {
		size_t n = cut(&c);

		count_shared(&parts, n);
		work_all(n, n, copy_next, &c);
		err = join(&c, n);
	}
	job->done = c.job.done;
	pthread_mutex_destroy(&c.lock);
	return err;
}
