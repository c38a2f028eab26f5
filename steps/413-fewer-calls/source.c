/*
 * The descriptor below an open file. A path costs open() and lseek(): what ends somewhere has a
 * size and offsets, and that is all that its kind would tell us, in half the time of an fstat().
 * Nobody reads at the position that this leaves, in what has a size.
 */
#include "stdio/source.h"
#include <fcntl.h>
#include <unistd.h>
#include "core/err.h"
#include "stdio/sys.h"

/* Some devices have an end, and no size: there, back to where reading begins. */
static bool has_size(struct source *src)
{
	int64_t end = sys_lseek(src->fd, 0, SEEK_END);

	if (end == 0)
		end = sys_lseek(src->fd, 0, SEEK_SET);
	if (end <= 0)
		return false;
	src->regular = true;
	src->size = src->next = end;
	return true;
}

static int identify(struct source *src)
{
	struct stat st;
	int err = sys_fstat(src->fd, &st);

	if (err)
		return err;
	src->regular = S_ISREG(st.st_mode);
	src->size = src->regular ? st.st_size : 0;
	return 0;
}

int source_now(const struct source *src, uint64_t *size)
{
	struct stat st;
	int err = sys_fstat(src->fd, &st);

	if (!err) /* a disk has its size elsewhere, and keeps it */
		*size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : src->size;
	return err;
}

/* Where does it stand, and can it stand elsewhere? */
static void locate(struct source *src)
{
	int64_t at = sys_lseek(src->fd, 0, SEEK_CUR);

	src->seeks = at >= 0;
	src->start = src->next = at >= 0 ? at : 0;
}

int source_open(struct source *src, const char *path)
{
	int fd = sys_open(path, O_RDONLY | O_NOCTTY, 0);
	int err;

	if (fd < 0)
		return fd;
	*src = (struct source){ .fd = fd, .owned = true, .seeks = true };
	if (has_size(src))
		return 0;
	err = identify(src);
	if (err)
		sys_close(fd);
	else if (!src->regular)
		locate(src);
	return err;
}

int source_over(struct source *src, int fd)
{
	int err;

	*src = (struct source){ .fd = fd };
	err = identify(src);
	if (!err)
		locate(src);
	return err;
}

void source_close(struct source *src, uint64_t position)
{
	if (src->fd < 0)
		return;
	if (src->owned)
		sys_close(src->fd);
	else if (src->seeks && src->next != position && sys_lseek(src->fd, position, SEEK_SET) < 0)
		return; /* it was there once: only a caller's own mischief makes this fail */
}
