/*
 * The descriptor below an open file: what it is, where it stands, how large it is now.
 */
#include "stdio/source.h"
#include <fcntl.h>
#include "core/err.h"
#include "stdio/sys.h"

int source_identify(struct source *src)
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

#define PLACES 8

int source_at_hand(const struct source *src, uint64_t other)
{
	uint64_t apart = src->size / PLACES;
	uint64_t at = apart ? other % apart : 0;
	int answer = 1;

	for (int i = 0; i < PLACES && answer > 0; i++, at += apart)
		answer = sys_at_hand(src->fd, at);
	return answer;
}

void source_locate(struct source *src)
{
	int64_t at = sys_lseek(src->fd, 0, SEEK_CUR);

	src->seeks = at >= 0;
	src->start = src->next = at >= 0 ? at : 0;
}

int source_open(struct source *src, const char *path)
{
	int fd = sys_open(path, O_RDONLY | O_NOCTTY, 0);
	int err = 0;

	if (fd < 0)
		return fd;
	*src = (struct source){ .fd = fd, .owned = true, .seeks = true };
	if (!source_has_size(src))
		err = source_identify(src);
	if (err)
		sys_close(fd);
	else if (!src->regular) /* whether it can seek its kind does not say */
		source_locate(src);
	return err;
}

int source_over(struct source *src, int fd)
{
	int err;

	*src = (struct source){ .fd = fd };
	err = source_identify(src);
	if (!err)
		source_locate(src);
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
