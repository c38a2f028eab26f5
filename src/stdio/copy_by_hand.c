/*
 * Read, write, and again.
 *
 * Cost: two system calls for each unit, and every byte is copied twice.
 */
#include <stdlib.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/copy.h"
#include "stdio/sys.h"

static ssize_t get(const struct copy_job *job, char *to, size_t n, uint64_t skip)
{
	if (job->in_at == AT_POSITION)
		return sys_read(job->in, to, n);
	return sys_pread(job->in, to, n, job->in_at + skip);
}

static ssize_t put(const struct copy_job *job, const char *from, size_t n, uint64_t skip)
{
	if (job->out_at == AT_POSITION)
		return sys_write(job->out, from, n);
	return sys_pwrite(job->out, from, n, job->out_at + skip);
}

static int put_all(struct copy_job *job, const char *from, size_t n, uint64_t skip)
{
	while (n > 0) {
		ssize_t done = put(job, from, n, skip);
		int err = done < 0 ? (int)done : copy_did(job, done);

		if (err)
			return err;
		from += done;
		skip += done;
		n -= done;
	}
	return 0;
}

int64_t copy_by_hand(struct copy_job *job, uint64_t skip, uint64_t n, size_t unit)
{
	char *memory = malloc(unit);
	int err = memory ? 0 : -ENOMEM;
	uint64_t done = 0;

	while (!err && done < n) {
		ssize_t got = get(job, memory, min_u64(unit, n - done), skip + done);

		if (got == 0)
			break;
		err = got < 0 ? (int)got : put_all(job, memory, got, skip + done);
		done += got;
	}
	free(memory);
	return err ? err : (int64_t)done;
}
