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
#include "core/list.h"
#include "stdio/sys.h"
#include "stdio/workers.h"

COUNTER(parts, "copy.parts");
COUNTER(started, "threads.started");

#define ALIGN ((uint64_t)1 << 20)

struct copying {
	struct copy_job job; /* what the ranges share, under the lock */
	pthread_mutex_t lock;
	int stopped;   /* why no range should go on */
	size_t n;      /* ranges */
	uint64_t each; /* bytes of each; but the last one goes to the end, wherever that is */
	uint64_t done[MAX_WORKERS];
};

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

static void stop(struct copying *c, int err)
{
	pthread_mutex_lock(&c->lock);
	if (!c->stopped)
		c->stopped = err;
	pthread_mutex_unlock(&c->lock);
}

static bool copy_next(void *of, size_t i)
{
	struct copying *c = of;
	uint64_t skip = i * c->each;
	int64_t n = copy_data(&c->job, skip, i + 1 < c->n ? c->each : c->job.n - skip);

	if (n < 0)
		stop(c, n);
	else
		c->done[i] = n;
	return n >= 0;
}

/* A pipe has one reader and one order. */
static void cut(struct copying *c)
{
	const struct copy_job *job = &c->job;
	bool offsets = job->in_at != AT_POSITION && job->out_at != AT_POSITION;
	uint64_t size = min_u64(job->n, job->size);

	c->n = offsets ? copy_ranges(size) : 1;
	c->each = round_down(size / c->n, ALIGN);
}

/* Everything from the begin to the first gap counts, and nothing behind it. */
static int join(struct copying *c)
{
	uint64_t done = 0;

	for (size_t i = 0; i < c->n; i++) {
		done += c->done[i];
		if (c->done[i] < c->each)
			break;
	}
	if (c->stopped || done == c->job.done)
		return c->stopped;
	c->job.done = done;
	return sys_ftruncate(c->job.out, c->job.out_at + done);
}

int copy_do(struct copy_job *job)
{
	struct copying c = { .job = *job, .lock = PTHREAD_MUTEX_INITIALIZER };
	int err = 0;

	if (!job->whole || copy_clone(&c.job) != 0) {
		cut(&c);
		count_shared(&parts, c.n);
		count_shared(&started, work_all(c.n, c.n, copy_next, &c));
		err = join(&c);
	}
	job->done = c.job.done;
	pthread_mutex_destroy(&c.lock);
	return err;
}
