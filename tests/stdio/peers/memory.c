/* Files that were in memory before the clock started, every page of them touched. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "core/err.h"
#include "peer.h"

enum { MOST_FILES = 4096 };

struct source {
	char *path;
	unsigned char *bytes;
	size_t size;
	bool given;
};

static struct source files[MOST_FILES];
static size_t nfiles;

static int read_whole(FILE *f, struct source *s)
{
	struct stat st;
	if (fstat(fileno(f), &st))
		return -errno;
	s->size = (size_t)st.st_size;
	s->bytes = malloc(s->size + 1);
	if (!s->bytes)
		return -ENOMEM;
	return fread(s->bytes, 1, s->size, f) == s->size ? 0 : -EIO;
}

static int memory_prepare(const char *path)
{
	if (nfiles == MOST_FILES)
		return -ENOMEM;
	struct source *s = &files[nfiles++];
	s->path = strdup(path);
	FILE *f = fopen(path, "rb");
	if (!f)
		return -errno;
	int err = read_whole(f, s);
	fclose(f);
	return err;
}

static int memory_open(const char *path, size_t piece, struct source **out)
{
	static size_t likely; /* files are opened in the order in which they were prepared */
	for (size_t i = 0; i < nfiles; i++, likely = (likely + 1) % nfiles) {
		if (strcmp(files[likely].path, path))
			continue;
		*out = &files[likely];
		(*out)->given = false;
		return 0;
	}
	return -ENOENT;
}

static int memory_next(struct source *s, struct piece *out)
{
	*out = (struct piece){ s->bytes, s->given ? 0 : s->size };
	s->given = true;
	return 0;
}

static int memory_rewind(struct source *s)
{
	s->given = false;
	return 0;
}

static int64_t memory_size(struct source *s)
{
	return (int64_t)s->size;
}

static int memory_at(struct source *s, uint64_t offset, size_t n, struct piece *out)
{
	if (offset > s->size || n > s->size - offset)
		return -EIO;
	*out = (struct piece){ s->bytes + offset, n };
	return 0;
}

static void memory_close(struct source *s)
{
}

const struct way memory_way = { "memory",      memory_prepare, memory_open, memory_next,
				memory_rewind, memory_size,    memory_at,   memory_close };
