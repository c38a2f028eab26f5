/*
 * What a reader does at its position: read, lines, seek, tell. Where bytes come from is fill.h's
 * business.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/file.h"

/* What is copied at a time in search of the end of a line; twice as much where all of that came. */
#define FIRST_PIECE 128

static void advance(struct stage_file *file, size_t n)
{
	file->pos += n;
	file->fill.use.bytes += n;
}

ssize_t stage_read(struct stage_file *file, void *to, size_t n)
{
	size_t done = 0;

	if (n > SSIZE_MAX)
		return -EINVAL;
	if (n > 0 && end_was_met(file))
		return 0;
	file->fill.use.reads++;
	while (done < n && file->pos != file->fill.ended) {
		ssize_t got = fill_read(&file->fill, (char *)to + done, n - done, file->pos);

		if (got == 0 && done > 0)
			file->fill.ended = file->pos;
		if (got <= 0)
			return done ? (ssize_t)done : got;
		advance(file, got);
		done += got;
	}
	if (done == n) /* who got all that he wanted has not heard of an end */
		file->fill.ended = NOT_SEEN;
	return done;
}

ssize_t stage_pread(struct stage_file *file, void *to, size_t n, int64_t offset)
{
	if (offset < 0 || n > SSIZE_MAX)
		return -EINVAL;
	if (!file->src.seeks)
		return -ESPIPE;
	return fill_read_at(&file->fill, to, n, offset);
}

/*
 * The bytes are copied first and looked at then: in a map they might be gone between two looks.
 */
ssize_t stage_gets(struct stage_file *file, char *line, size_t size)
{
	size_t piece = FIRST_PIECE;
	size_t done = 0; /* at least piece - FIRST_PIECE: so it never overflows */

	if (size == 0 || size > SSIZE_MAX)
		return -EINVAL;
	if (size > 1 && end_was_met(file))
		return 0;
	file->fill.use.reads++;
	while (done < size - 1) {
		ssize_t got = fill_some(&file->fill, line + done, min_u64(piece, size - 1 - done),
					file->pos);
		char *newline;

		if (got < 0 && done == 0)
			return got;
		file->fill.ended = got == 0 && done > 0 ? file->pos : NOT_SEEN;
		if (got <= 0)
			break;
		newline = memchr(line + done, '\n', got);
		if (newline)
			got = newline + 1 - (line + done);
		advance(file, got);
		done += got;
		if (newline)
			break;
		if ((size_t)got == piece)
			piece *= 2;
	}
	if (done > 0 || size == 1)
		line[done] = '\0';
	return done;
}

static int64_t seek_to(struct stage_file *file, int64_t to)
{
	int err = buffer_has(&file->fill.buffer, to) ? 0 : fill_seek(&file->fill, to);

	if (!err)
		file->pos = to;
	return err ? err : to;
}

int64_t stage_seek(struct stage_file *file, int64_t offset, int whence)
{
	int64_t to = offset;

	if (!file->src.seeks)
		return -ESPIPE;
	file->fill.ended = NOT_SEEN;
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (__builtin_add_overflow((int64_t)file->pos, offset, &to))
			return -EOVERFLOW;
		break;
	case SEEK_END:
		to = fill_seek_end(&file->fill, offset);
		if (to >= 0)
			file->pos = to;
		return to;
	default:
		return -EINVAL;
	}
	return to < 0 ? -EINVAL : seek_to(file, to);
}

int64_t stage_tell(const struct stage_file *file)
{
	return file->pos;
}
