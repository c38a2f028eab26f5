/*
 * A path costs open() and lseek(): what ends somewhere has a size and offsets, and that is all that
 * its kind would tell us, in half the time of an fstat(). Nobody reads at the position that this
 * leaves, in what has a size.
 */
#include <fcntl.h>
#include <unistd.h>
#include "stdio/source.h"
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

int source_open(struct source *src, const char *path)
{
	int fd = sys_open(path, O_RDONLY | O_NOCTTY, 0);
	int err;

	if (fd < 0)
		return fd;
	*src = (struct source){ .fd = fd, .owned = true, .seeks = true };
	if (has_size(src))
		return 0;
	err = source_identify(src);
	if (err)
		sys_close(fd);
	else if (!src->regular)
		source_locate(src);
	return err;
}
