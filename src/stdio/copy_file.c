/*
 * From path to path: what is opened, what is replaced, and when.
 *
 * The bytes go to a temporary name beside the destination, which takes the destination's place
 * at the end: an interrupted copy never looks like a whole one. Where a new file in that place
 * would not be the old one's equal (a link, a device, another owner), the old one is written to.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/count.h"
#include "core/err.h"
#include "core/format.h"
#include "stdio/advice.h"
#include "stdio/copy.h"
#include "stdio/file.h"
#include "stdio/sys.h"

COUNTER(copied_files, "copy.files");

#define TRIES 100

struct target {
	const char *path;
	char *temporary; /* NULL: written in place */
	int fd;
	bool regular;
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool replaceable(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 && st->st_uid == geteuid();
}

/* A name beside the destination that nobody has. */
static int open_temporary(struct target *t, mode_t mode)
{
	static unsigned number; /* one process, several threads: a name for each try */
	size_t size = strlen(t->path) + 40;

	t->temporary = malloc(size);
	if (!t->temporary)
		return -ENOMEM;
	for (int i = 0; i < TRIES; i++) {
		unsigned n = __atomic_fetch_add(&number, 1, __ATOMIC_RELAXED);

		format(t->temporary, size, "%s.%d-%u.part", t->path, (int)getpid(), n);
		t->fd = sys_open(t->temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
		if (t->fd != -EEXIST)
			break;
	}
	return t->fd;
}

static int open_in_place(struct target *t, const struct stat *in)
{
	struct stat st;
	int err;

	t->fd = sys_open(t->path, O_WRONLY | O_NOCTTY, 0);
	if (t->fd < 0)
		return t->fd;
	err = sys_fstat(t->fd, &st);
	if (!err && same_file(&st, in))
		err = -EINVAL;
	t->regular = !err && S_ISREG(st.st_mode);
	if (t->regular)
		err = sys_ftruncate(t->fd, 0);
	if (err)
		sys_close(t->fd);
	return err;
}

/* The permissions of the file that is replaced, else those of the source (and the umask). */
static int open_new(struct target *t, const struct stat *in, const struct stat *old)
{
	int err = open_temporary(t, in->st_mode & 0777);

	if (err >= 0 && old)
		err = sys_fchmod(t->fd, old->st_mode & 07777);
	t->regular = true;
	return err < 0 ? err : 0;
}

static int target_open(struct target *t, const char *path, const struct stat *in)
{
	struct stat old;
	int err = sys_lstat(path, &old);

	*t = (struct target){ .path = path, .fd = -1 };
	if (err == -ENOENT)
		return open_new(t, in, NULL);
	if (err)
		return err;
	if (S_ISDIR(old.st_mode))
		return -EISDIR;
	if (same_file(in, &old))
		return -EINVAL;
	return replaceable(&old) ? open_new(t, in, &old) : open_in_place(t, in);
}

/* `err`: what has gone wrong so far. */
static int target_close(struct target *t, int err)
{
	if (t->fd >= 0) {
		int last = sys_close_written(t->fd);

		err = err ? err : last;
	}
	if (t->temporary) {
		if (!err)
			err = sys_rename(t->temporary, t->path);
		if (err && t->fd >= 0)
			sys_unlink(t->temporary);
		free(t->temporary);
	}
	return err;
}

static int copy_open(int in, const struct stat *st, const char *to, struct copy_job *job)
{
	struct target t;
	int err = target_open(&t, to, st);

	if (err)
		return target_close(&t, err);
	job->in = in;
	job->out = t.fd;
	job->in_at = S_ISREG(st->st_mode) ? 0 : AT_POSITION;
	job->out_at = t.regular ? 0 : AT_POSITION;
	job->size = S_ISREG(st->st_mode) ? st->st_size : 0;
	job->whole = S_ISREG(st->st_mode) && t.regular;
	advice_copying(in, job->size);
	return target_close(&t, copy_do(job));
}

int64_t stage_copy(const char *from, const char *to, const struct stage_options *options)
{
	struct copy_job job = { .n = TO_THE_END };
	struct stage_options o;
	struct stat st;
	int in;
	int err = options_read(&o, options);

	if (err)
		return err;
	in = sys_open(from, O_RDONLY | O_NOCTTY, 0);
	if (in < 0)
		return in;
	job.progress = o.progress;
	job.context = o.context;
	err = sys_fstat(in, &st);
	if (!err)
		err = S_ISDIR(st.st_mode) ? -EISDIR : copy_open(in, &st, to, &job);
	sys_close(in);
	count_shared(&copied_files, !err);
	return err ? err : (int64_t)job.done;
}
