/*
 * A hole is not copied: the file that it would be written to is empty, and has one there already.
 *
 * Cost: two system calls for each piece of data of a sparse file, none for any other file.
 */
#include <unistd.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/copy.h"
#include "stdio/sys.h"

/* No data follows. At the job's end the file gets its size, which nothing else would give it. */
static int64_t pass_last_hole(struct copy_job *job, uint64_t at, uint64_t n)
{
	int64_t end = sys_lseek(job->in, 0, SEEK_END);
	uint64_t hole = end > 0 && (uint64_t)end > at ? min_u64(end - at, n) : 0;
	int err = end < 0 ? (int)end : 0;

	if (!err && hole && n == TO_THE_END - at)
		err = sys_ftruncate(job->out, at + hole);
	if (!err && hole)
		err = copy_did(job, hole);
	return err ? err : (int64_t)hole;
}

/* The hole at `at`, if there is one, and the data behind it: how many bytes. 0: the end. */
static int64_t copy_next(struct copy_job *job, uint64_t at, uint64_t n)
{
	int64_t data = sys_lseek(job->in, at, SEEK_DATA);
	uint64_t hole = data < 0 ? 0 : min_u64(data - at, n);
	int err = hole ? copy_did(job, hole) : 0;
	int64_t end, copied;

	if (data == -ENXIO)
		return pass_last_hole(job, at, n);
	if (err || hole == n)
		return err ? err : (int64_t)n;
	end = data < 0 ? data : sys_lseek(job->in, data, SEEK_HOLE);
	if (end > data && end > 0)
		n = min_u64(n, end - at);
	copied = copy_range(job, at + hole, n - hole);
	return copied < 0 ? copied : (int64_t)hole + copied;
}

int64_t copy_data(struct copy_job *job, uint64_t skip, uint64_t n)
{
	uint64_t done = 0;

	if (!job->sparse)
		return copy_range(job, skip, n);
	while (done < n) {
		int64_t got = copy_next(job, skip + done, n - done);

		if (got < 0)
			return got;
		if (got == 0)
			break;
		done += got;
	}
	return done;
}
