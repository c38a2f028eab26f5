/*
 * From a path or a descriptor to a path: what is opened, what is replaced, and when.
 *
 * The bytes go to a new file, which takes the place of the destination when they are all there
 * (target.h): an interrupted copy never looks like a whole one. Where that cannot be (a link, a
 * device, another owner, a mount point, no room for both), the old one is written to.
 */
#include <fcntl.h>
#include "core/count.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/copy.h"
#include "stdio/file.h"
#include "stdio/sys.h"
#include "stdio/target.h"

COUNTER(copied_files, "copy.files");

/* What the program is told, and what it has answered. */
struct told {
	const struct stage_options *options;
	uint64_t done;
	uint64_t total;
	int stopped;
};

static int tell(void *context, uint64_t done, uint64_t total)
{
	struct told *t = context;

	t->done = done;
	t->total = total;
	if (!t->stopped)
		t->stopped = progress_tell(t->options->progress, t->options->context, done, total);
	return t->stopped;
}

/* A signal has interrupted a wait for bytes: the program may want to stop. */
static bool stops(void *context)
{
	struct told *t = context;

	return tell(t, t->done, t->total) != 0;
}

static int copy_to(int in, const struct stat *st, const struct target *t, struct copy_job *job)
{
	bool regular = S_ISREG(st->st_mode);

	job->in = in;
	job->out = t->fd;
	job->in_at = regular ? job->in_at : AT_POSITION;
	job->out_at = t->regular ? 0 : AT_POSITION;
	job->size = regular && st->st_size > job->in_at ? st->st_size - job->in_at : 0;
	job->whole = regular && t->regular && job->in_at == 0;
	job->sparse = job->whole && st->st_blocks < st->st_size / 512;
	job->done = 0;
	return copy_do(job);
}

/* What was copied to a file that cannot take the old one's place: from there into the old one. */
static int copy_again(struct target *from, const struct stat *in)
{
	struct target to = { .path = from->path, .exists = from->exists };
	struct copy_job job = { .n = TO_THE_END };
	struct stat st;
	int err = sys_fstat(from->fd, &st);

	if (!err) {
		st.st_mode = (st.st_mode & ~0777) | (in->st_mode & 0777);
		err = target_open_in_place(&to, &st);
	}
	if (!err) {
		int last;

		err = copy_to(from->fd, &st, &to, &job);
		last = target_close(&to);
		err = err ? err : last;
	}
	return err;
}

static bool may_not(int err)
{
	return err == -EBUSY || err == -EACCES || err == -EPERM || err == -ENOENT;
}

static int copy_and_finish(int in, const struct stat *st, struct target *t, struct copy_job *job)
{
	int err = copy_to(in, st, t, job);
	int last;

	if (!err) {
		err = target_finish(t);
		if (may_not(err))
			err = copy_again(t, st);
	}
	last = target_close(t);
	return err ? err : last;
}

static int copy_open(int in, const struct stat *st, const char *to, struct copy_job *job)
{
	struct target t;
	int err = target_open(&t, to, st);

	if (err) {
		target_close(&t);
		return err;
	}
	if (S_ISREG(st->st_mode)) {
		sys_when_interrupted(NULL, NULL);
		advice_copying(in, st->st_size);
	}
	err = copy_and_finish(in, st, &t, job);
	if ((err == -ENOSPC || err == -EDQUOT) && S_ISREG(st->st_mode) &&
	    target_fits_in_place(&t, st->st_size)) {
		err = target_open_in_place(&t, st);
		if (!err)
			err = copy_and_finish(in, st, &t, job);
	}
	return err;
}

static int copy_from(int in, const char *to, struct copy_job *job)
{
	struct stat st;
	int err = sys_fstat(in, &st);

	if (!err)
		err = S_ISDIR(st.st_mode) ? -EISDIR : copy_open(in, &st, to, job);
	return err;
}

/* The position is moved by what was copied; what was undone was not. */
static int copy_rest(int in, const char *to, struct copy_job *job)
{
	int64_t at = sys_lseek(in, 0, SEEK_CUR);
	int err;

	job->in_at = at < 0 ? 0 : at;
	err = copy_from(in, to, job);
	if (at >= 0 && job->in_at != AT_POSITION) {
		at = sys_lseek(in, at + (err ? 0 : job->done), SEEK_SET);
		err = !err && at < 0 ? (int)at : err;
	}
	return err;
}

static int copy_path(const char *from, const char *to, struct copy_job *job)
{
	int in = sys_open(from, O_RDONLY | O_NOCTTY, 0);
	int err;

	if (in < 0)
		return in;
	err = copy_from(in, to, job);
	sys_close(in);
	return err;
}

/* From a path, or NULL and the descriptor. */
static int64_t copy(const char *from, int fd, const char *to, const struct stage_options *options)
{
	struct stage_options o;
	struct told told = { .options = &o };
	struct copy_job job = { .n = TO_THE_END, .progress = tell, .context = &told };
	struct limit_signal limit;
	int err = options_read(&o, options);

	if (err)
		return err;
	limit_signal_hold(&limit);
	sys_when_interrupted(stops, &told);
	err = from ? copy_path(from, to, &job) : copy_rest(fd, to, &job);
	sys_when_interrupted(NULL, NULL);
	limit_signal_drop(&limit, err);
	if (err == -EINTR && told.stopped)
		err = told.stopped;
	count_shared(&copied_files, !err);
	return err ? err : (int64_t)job.done;
}

int64_t stage_copy(const char *from, const char *to, const struct stage_options *options)
{
	return from ? copy(from, -1, to, options) : -EFAULT;
}

int64_t stage_copy_fd(int fd, const char *to, const struct stage_options *options)
{
	return copy(NULL, fd, to, options);
}
