/*
 * A job is one part, from its begin to its end.
 */
#include "stdio/copy.h"
#include "core/count.h"

COUNTER(parts, "copy.parts");

int copy_do(struct copy_job *job)
{
	int64_t n;

	count_shared(&parts, 1);
	n = copy_range(job, 0, job->n);
	return n < 0 ? (int)n : 0;
}

int copy_did(struct copy_job *job, uint64_t n)
{
	job->done += n;
	return job->progress ? job->progress(job->context, job->done, job->size) : 0;
}
