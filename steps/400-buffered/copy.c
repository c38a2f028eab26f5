/*
 * A job is one part, from its begin to its end, where the file system cannot do it all at once.
 */
#include "stdio/copy.h"
#include "core/count.h"

COUNTER(parts, "copy.parts");

int copy_do(struct copy_job *job)
{
	int64_t n;

	if (job->whole && copy_clone(job) == 0)
		return 0;
	count_shared(&parts, 1);
	n = copy_data(job, 0, job->n);
	return n < 0 ? (int)n : 0;
}

int copy_did(struct copy_job *job, uint64_t n)
{
	job->done += n;
	return job->progress ? job->progress(job->context, job->done, job->size) : 0;
}
