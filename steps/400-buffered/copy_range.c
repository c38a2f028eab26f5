/*
 * Read 4 KiB, write 4 KiB.
 *
 * Cost: two system calls for each 4 KiB, and every byte is copied twice.
 */
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/copy.h"
#include "stdio/sys.h"

#define UNIT 4096

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

int64_t copy_range(struct copy_job *job, uint64_t skip, uint64_t n)
{
	char unit[UNIT];
	uint64_t done = 0;

	while (done < n) {
		ssize_t got = get(job, unit, min_u64(sizeof(unit), n - done), skip + done);
		int err = got <= 0 ? (int)got : put_all(job, unit, got, skip + done);

		if (err)
			return err;
		if (got == 0)
			break;
		done += got;
	}
	return done;
}
