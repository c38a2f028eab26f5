/* glibc's stdio as most programs use it: fread(), or fgetc(). */
#include <stdio.h>
#include <stdlib.h>
#include "core/err.h"
#include "peer.h"

struct source {
	FILE *f;
	size_t piece;
};

static int stdio_open(const char *path, size_t piece, struct source **out)
{
	struct source *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->f = fopen(path, "rb");
	s->piece = piece;
	*out = s;
	return s->f ? 0 : -errno;
}

static int fread_next(struct source *s, struct piece *out)
{
	*out = (struct piece){ peer_buffer, fread(peer_buffer, 1, s->piece, s->f) };
	return ferror(s->f) ? -EIO : 0;
}

static int fgetc_next(struct source *s, struct piece *out)
{
	int c = fgetc(s->f);
	peer_buffer[0] = (unsigned char)c;
	*out = (struct piece){ peer_buffer, c != EOF };
	return ferror(s->f) ? -EIO : 0;
}

static int stdio_rewind(struct source *s)
{
	return fseeko(s->f, 0, SEEK_SET) ? -errno : 0;
}

static int64_t stdio_size(struct source *s)
{
	return fseeko(s->f, 0, SEEK_END) ? -errno : ftello(s->f);
}

static int stdio_at(struct source *s, uint64_t offset, size_t n, struct piece *out)
{
	if (n > sizeof(peer_buffer))
		return -EINVAL;
	if (fseeko(s->f, (off_t)offset, SEEK_SET))
		return -errno;
	*out = (struct piece){ peer_buffer, n };
	return fread(peer_buffer, 1, n, s->f) == n ? 0 : -EIO;
}

static void stdio_close(struct source *s)
{
	fclose(s->f);
	free(s);
}

const struct way fread_way = { "fread",      NULL,       stdio_open, fread_next,
			       stdio_rewind, stdio_size, stdio_at,   stdio_close };
const struct way fgetc_way = { "fgetc",      NULL,       stdio_open, fgetc_next,
			       stdio_rewind, stdio_size, stdio_at,   stdio_close };
