/* A plain mapping of the whole file: no advice, no populating. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/err.h"
#include "peer.h"

struct source {
	unsigned char *bytes;
	size_t size;
	bool given;
};

static int map_file(int fd, struct source *s)
{
	struct stat st;
	if (fstat(fd, &st))
		return -errno;
	s->size = (size_t)st.st_size;
	if (!s->size)
		return 0; /* nothing to map, and mmap() would refuse */
	s->bytes = mmap(NULL, s->size, PROT_READ, MAP_PRIVATE, fd, 0);
	return s->bytes == MAP_FAILED ? -errno : 0;
}

static int map_open(const char *path, size_t piece, struct source **out)
{
	struct source *s = calloc(1, sizeof(*s));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!s || fd < 0)
		return -errno;
	int err = map_file(fd, s);
	close(fd);
	*out = s;
	return err;
}

static int map_next(struct source *s, struct piece *out)
{
	*out = (struct piece){ s->bytes, s->given ? 0 : s->size };
	s->given = true;
	return 0;
}

static int map_rewind(struct source *s)
{
	s->given = false;
	return 0;
}

static int64_t map_size(struct source *s)
{
	return (int64_t)s->size;
}

static int map_at(struct source *s, uint64_t offset, size_t n, struct piece *out)
{
	if (offset > s->size || n > s->size - offset)
		return -EIO;
	*out = (struct piece){ s->bytes + offset, n };
	return 0;
}

static void map_close(struct source *s)
{
	if (s->size)
		munmap(s->bytes, s->size);
	free(s);
}

const struct way mmap_way = { "mmap",     NULL,     map_open, map_next,
			      map_rewind, map_size, map_at,   map_close };
