/* read(2) into 256 KiB, as cp and cat do; pread(2) for a piece somewhere. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/err.h"
#include "peer.h"

enum { BUFFER = 256 * 1024 };

struct source {
	int fd;
};

static int read_open(const char *path, size_t piece, struct source **out)
{
	struct source *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	*out = s;
	return s->fd < 0 ? -errno : 0;
}

static int read_next(struct source *s, struct piece *out)
{
	ssize_t n = read(s->fd, peer_buffer, BUFFER);
	*out = (struct piece){ peer_buffer, n < 0 ? 0 : (size_t)n };
	return n < 0 ? -errno : 0;
}

static int read_rewind(struct source *s)
{
	return lseek(s->fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int64_t read_size(struct source *s)
{
	struct stat st;
	return fstat(s->fd, &st) ? -errno : st.st_size;
}

static int read_at(struct source *s, uint64_t offset, size_t n, struct piece *out)
{
	if (n > BUFFER)
		return -EINVAL;
	*out = (struct piece){ peer_buffer, n };
	return pread(s->fd, peer_buffer, n, (off_t)offset) == (ssize_t)n ? 0 : -EIO;
}

static void read_close(struct source *s)
{
	close(s->fd);
	free(s);
}

const struct way read_way = { "read256k",  NULL,      read_open, read_next,
			      read_rewind, read_size, read_at,   read_close };
