/*
 * A copy's target.
 *
 * Where the file system can, the new file has no name until it is whole: whatever ends the
 * program, nothing is left of it. Elsewhere it has a temporary one in the same directory.
 */
#include "stdio/target.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/err.h"
#include "core/format.h"
#include "stdio/sys.h"

#define TRIES 100

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* What may not be written must not be replaced either. */
static bool replaceable(const char *path, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 && st->st_uid == geteuid() &&
	       sys_may_write(path) == 0;
}

/* A short name, whatever the target's: "DIRECTORY/.stage-PID-NUMBER.part"; or only "DIRECTORY/." */
static char *beside(const char *path, bool directory)
{
	static unsigned number; /* one process, several threads: a name for each try */
	const char *slash = strrchr(path, '/');
	size_t length = slash ? slash + 1 - path : 0;
	size_t size = length + 50;
	char *name = malloc(size);

	if (!name)
		return NULL;
	memcpy(name, path, length);
	if (directory)
		format(name + length, size - length, ".");
	else
		format(name + length, size - length, ".stage-%d-%u.part", (int)getpid(),
		       __atomic_fetch_add(&number, 1, __ATOMIC_RELAXED));
	return name;
}

static int open_unnamed(struct target *t, mode_t mode)
{
	char *directory = beside(t->path, true);

	if (!directory)
		return -ENOMEM;
	t->fd = sys_open(directory, O_TMPFILE | O_RDWR, mode);
	free(directory);
	return t->fd;
}

static int open_named(struct target *t, mode_t mode)
{
	for (int i = 0; i < TRIES; i++) {
		t->temporary = beside(t->path, false);
		if (!t->temporary)
			return t->fd = -ENOMEM;
		t->fd = sys_open(t->temporary, O_RDWR | O_CREAT | O_EXCL, mode);
		if (t->fd >= 0)
			return t->fd;
		free(t->temporary);
		t->temporary = NULL;
		if (t->fd != -EEXIST)
			break;
	}
	return t->fd;
}

/* The permissions of the file that is replaced, else those of the source (and the umask). */
static int open_new(struct target *t, const struct stat *in, const struct stat *old)
{
	mode_t mode = in->st_mode & 0777;
	int err = open_unnamed(t, mode);

	t->regular = true;
	if (err < 0 && err != -ENOMEM)
		err = open_named(t, mode);
	return err < 0 ? err : old ? make_equal(t->fd, t->path, old) : 0;
}

int target_open_in_place(struct target *t, const struct stat *in)
{
	int create = t->exists ? 0 : O_CREAT | O_EXCL;
	struct stat st;
	int err;

	t->in_place = true;
	t->fd = sys_open(t->path, O_WRONLY | O_NOCTTY | create, in->st_mode & 0777);
	if (t->fd < 0)
		return t->fd;
	err = sys_fstat(t->fd, &st);
	if (!err && same_file(&st, in))
		err = -EINVAL;
	t->regular = !err && S_ISREG(st.st_mode);
	if (t->regular)
		err = sys_ftruncate(t->fd, 0);
	if (err)
		target_close(t);
	return err;
}

int target_open(struct target *t, const char *path, const struct stat *in)
{
	struct stat old;
	int err = sys_lstat(path, &old);

	*t = (struct target){ .path = path, .fd = -1, .exists = err != -ENOENT };
	if (err == -ENOENT)
		return open_new(t, in, NULL);
	if (err)
		return err;
	if (S_ISDIR(old.st_mode))
		return -EISDIR;
	if (same_file(in, &old))
		return -EINVAL;
	if (replaceable(path, &old)) {
		t->freed = old.st_blocks * 512ull;
		if (open_new(t, in, &old) == 0)
			return 0;
		target_close(t);
	}
	return target_open_in_place(t, in);
}

/* A file without a name cannot take another's place at once: it gets a name for a moment. */
int target_finish(struct target *t)
{
	int err;

	if (t->in_place)
		return 0;
	err = !t->temporary && !t->exists ? sys_link(t->fd, t->path) : -EEXIST;
	if (err != -EEXIST)
		return err;
	for (int i = 0; i < TRIES && !t->temporary; i++) {
		t->temporary = beside(t->path, false);
		err = t->temporary ? sys_link(t->fd, t->temporary) : -ENOMEM;
		if (!err)
			break;
		free(t->temporary);
		t->temporary = NULL;
		if (err != -EEXIST)
			return err;
	}
	err = t->temporary ? sys_rename(t->temporary, t->path) : -EEXIST;
	if (!err) {
		free(t->temporary);
		t->temporary = NULL;
	}
	return err;
}

int target_close(struct target *t)
{
	int err = t->fd >= 0 ? sys_close_written(t->fd) : 0;

	t->fd = -1;
	if (t->temporary)
		sys_unlink(t->temporary);
	free(t->temporary);
	t->temporary = NULL;
	return err;
}

bool target_fits_in_place(const struct target *t, uint64_t n)
{
	uint64_t room;

	return t->exists && !t->in_place && sys_room(t->path, &room) == 0 && room < n &&
	       room + t->freed >= n;
}
