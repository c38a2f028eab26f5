/*
 * The kernel moves the bytes, by the first of its calls that will: copy_file_range, sendfile,
 * splice. Which of them does depends on both ends, on their file systems and on the kernel, so
 * nothing is asked beforehand: a call that refuses hands over to the next, and read and write,
 * which no file refuses, come last. They also have the last word where a call says that there is
 * nothing (more): of files in /proc, some say so of every byte.
 *
 * Cost: one system call for each 128 MiB, and each byte is copied once, inside the kernel.
 */
#include <unistd.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/copy.h"
#include "stdio/sys.h"

/* At a time, so that there is progress to tell, and a moment to be stopped. */
#define PIECE ((size_t)128 << 20)

/* By hand: from here on, larger reads gain nothing and leave the cache of the CPU. */
#define UNIT ((size_t)256 << 10)

struct part {
	struct copy_job *job;
	uint64_t skip;
	uint64_t n;
	uint64_t done;
	bool whole; /* the job has no other part: the descriptors' positions are ours */
	bool ended; /* a call says so */
};

typedef ssize_t move_fn(const struct part *p, size_t n);

/* As the kernel's calls want it: NULL stands for the descriptor's position. */
static int64_t *offset(const struct part *p, int64_t begin, int64_t *at)
{
	*at = begin + p->skip + p->done;
	return begin == AT_POSITION ? NULL : at;
}

static ssize_t by_copy_file_range(const struct part *p, size_t n)
{
	const struct copy_job *job = p->job;
	int64_t in, out;

	return sys_copy_file_range(job->in, offset(p, job->in_at, &in), job->out,
				   offset(p, job->out_at, &out), n);
}

/* It writes at the position only. */
static ssize_t by_sendfile(const struct part *p, size_t n)
{
	const struct copy_job *job = p->job;
	int64_t in, out, now = 0;

	if (offset(p, job->out_at, &out))
		now = p->whole ? sys_lseek(job->out, out, SEEK_SET) : -EOPNOTSUPP;
	return now < 0 ? now : sys_sendfile(job->out, job->in, offset(p, job->in_at, &in), n);
}

/* One end must be a pipe, or it refuses. */
static ssize_t by_splice(const struct part *p, size_t n)
{
	const struct copy_job *job = p->job;
	int64_t in, out;

	return sys_splice(job->in, offset(p, job->in_at, &in), job->out,
			  offset(p, job->out_at, &out), n);
}

/* Not for these files, not in this kernel, not in this sandbox: nothing is wrong with the copy. */
static bool refuses(ssize_t err)
{
	switch (err) {
	case -EXDEV:
	case -EINVAL:
	case -EOPNOTSUPP:
	case -ENOSYS:
	case -EBADF:
	case -EPERM:
	case -ETXTBSY:
	case -EIO: /* these may be about the call, too: read and write say it if not */
	case -EAGAIN:
	case -EBUSY:
	case -ESTALE:
		return true;
	default:
		return false;
	}
}

/* As far as this call goes. 0: the next one goes on from there. */
static int move_by(struct part *p, move_fn *move)
{
	while (p->done < p->n) {
		ssize_t n = move(p, min_u64(PIECE, p->n - p->done));
		int err;

		p->ended = n == 0;
		if (n <= 0)
			return refuses(n) ? 0 : (int)n;
		p->done += n;
		err = copy_did(p->job, n);
		if (err)
			return err;
	}
	return 0;
}

int64_t copy_range(struct copy_job *job, uint64_t skip, uint64_t n)
{
	static move_fn *const calls[] = { by_copy_file_range, by_sendfile, by_splice };
	struct part p = { .job = job, .skip = skip, .n = n, .whole = skip == 0 && n == job->n };
	int64_t rest = 0;

	for (size_t i = 0; i < ARRAY_LEN(calls) && !p.ended; i++) {
		int err = move_by(&p, calls[i]);

		if (err)
			return err;
	}
	if (p.done < n)
		rest = copy_by_hand(job, skip + p.done, n - p.done, UNIT);
	return rest < 0 ? rest : (int64_t)p.done + rest;
}
