/*
 * A path costs open() and fstat(); whether the file can seek is asked only where its kind does not
 * say so.
 */
#include <fcntl.h>
#include "stdio/source.h"
#include "stdio/sys.h"

int source_open(struct source *src, const char *path)
{
	int fd = sys_open(path, O_RDONLY | O_NOCTTY, 0);
	int err;

	if (fd < 0)
		return fd;
	*src = (struct source){ .fd = fd, .owned = true, .seeks = true };
	err = source_identify(src);
	if (err)
		sys_close(fd);
	else if (!src->regular)
		source_locate(src);
	return err;
}
