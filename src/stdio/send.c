/*
 * From a file's position to a descriptor.
 *
 * Where the bytes are plainly those of the descriptor below, the kernel can move them itself
 * (copy.h). What is visible already (a buffer, memory, a decoder's output) is written.
 */
#include <limits.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/copy.h"
#include "stdio/file.h"
#include "stdio/sys.h"
#include "stdio/ways.h"

COUNTER(sent, "send.bytes");

struct sending {
	struct stage_file *file;
	int fd;
	uint64_t n;
	uint64_t done;
};

/* These were written: the position moves, and whoever waits is told. */
static int went(struct sending *s, uint64_t n)
{
	struct stage_file *file = s->file;
	uint64_t total = file->src.regular ? file->src.size : 0;

	file->pos += n;
	file->fill.use.bytes += n;
	s->done += n;
	return progress_tell(file->progress, file->context, s->done, total);
}

/* Write what is visible at the position: how much was, 0 at the end. */
static ssize_t send_shown(struct sending *s)
{
	struct stage_file *file = s->file;
	struct shown shown;
	ssize_t n = fill_show(&file->fill, file->pos, min_u64(s->n - s->done, SSIZE_MAX), &shown);
	int err;

	if (n <= 0)
		return n;
	n = sys_write(s->fd, shown.p, min_u64(n, s->n - s->done));
	fill_hide(&shown);
	err = n > 0 ? went(s, n) : 0;
	return err ? err : n;
}

static int send_by_window(struct sending *s)
{
	while (s->done < s->n) {
		ssize_t n = send_shown(s);

		if (n <= 0)
			return n;
	}
	return 0;
}

static int sent_some(void *context, uint64_t done, uint64_t total)
{
	struct sending *s = context;

	return went(s, done - s->done);
}

/* The descriptor's own position is left alone: the bytes are read at the reader's. */
static int send_by_kernel(struct sending *s)
{
	struct copy_job job = {
		.in = s->file->src.fd,
		.out = s->fd,
		.in_at = s->file->pos,
		.out_at = AT_POSITION,
		.n = s->n,
		.progress = sent_some,
		.context = s,
	};

	return copy_do(&job);
}

int64_t stage_send(struct stage_file *file, int fd, uint64_t n)
{
	struct sending s = { .file = file, .fd = fd, .n = n };
	const struct way *way = fill_way(&file->fill);
	bool plain = file->src.regular && file->src.fd >= 0 && (!way || way == &map_way);
	struct limit_signal limit;
	int err;

	limit_signal_hold(&limit);
	err = plain ? send_by_kernel(&s) : send_by_window(&s);
	limit_signal_drop(&limit, err);
	count_shared(&sent, s.done);
	return err ? err : (int64_t)min_u64(s.done, INT64_MAX);
}
