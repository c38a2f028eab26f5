/*
 * A file of frames is decoded whole, into memory that counts against the limit: the frames as
 * they are while they are read, and the plain bytes for as long as the file is open. How many
 * those are at most is known before the first is decoded, so a bomb is refused, not tried.
 */
#include <pthread.h>
#include <stdlib.h>
#include "core/count.h"
#include "stdio/frames/frame.h"
#include "stdio/memory.h"
#include "stdio/sys.h"
#include "stdio/ways.h"

COUNTER(files, "decode.files");
COUNTER(packed_bytes, "decode.packed");
COUNTER(plain_bytes, "decode.bytes");

struct decoder {
	struct memory memory;
	size_t n;              /* plain bytes: does not change, whether they are held or not */
	pthread_mutex_t again; /* one decodes, if several miss the bytes */
};

/* Fewer bytes came than the file had: was it cut, or is there a disk's error behind them? */
static int why_short(const struct source *src, size_t n)
{
	char byte;
	ssize_t got = n < src->size ? sys_pread(src->fd, &byte, 1, n) : 0;

	return got < 0 ? (int)got : 0;
}

/*
 * The plain bytes, pinned. The file must not change between the two looks that are taken at it, to
 * measure and to decode: so both are at a copy.
 */
static int decode_all(struct source *src, struct memory *m)
{
	struct where where = { 0, NULL };
	struct memory packed = { 0 };
	int err = memory_read(&packed, src->fd, src->size);

	if (err)
		return err;
	err = why_short(src, packed.n);
	if (!err)
		err = frames_hold((struct span){ packed.p, packed.n }, m, &where);
	if (where.what)
		damage_say(&where);
	count_shared(&files, 1);
	count_shared(&packed_bytes, packed.n);
	count_shared(&plain_bytes, err ? 0 : m->n);
	memory_unpin(&packed);
	memory_release(&packed);
	return err;
}

/* --- the way ------------------------------------------------------------------------------- */

static int identify(struct source *src)
{
	static const struct where old = { 0,
					  "a frame of an old version, which has no decoder here" };
	uint8_t magic[FRAME_MAGIC_SIZE];
	ssize_t n;
	int err;

	/* A pipe's bytes cannot be looked at and put back; a position is one of plain bytes. */
	if (!src->regular || src->fd < 0 || src->start > 0)
		return -EOPNOTSUPP;
	if (src->size < sizeof(magic))
		return -ENOEXEC;
	n = sys_pread_all(src->fd, magic, sizeof(magic), 0);
	if (n < 0)
		return n;
	err = (size_t)n < sizeof(magic) ? -ENOEXEC : frame_known(load_le32(magic));
	if (err == -EOPNOTSUPP)
		damage_say(&old);
	return err;
}

static int decode_open(struct hold *h)
{
	struct source *src = h->fill->src;
	int err = identify(src);
	struct decoder *d = err ? NULL : calloc(1, sizeof(*d));

	if (err)
		return err;
	if (!d)
		return -ENOMEM;
	err = decode_all(src, &d->memory);
	if (err) {
		free(d);
		return err;
	}
	pthread_mutex_init(&d->again, NULL);
	d->n = d->memory.n;
	memory_unpin(&d->memory);
	h->state = d;
	return 0;
}

static void decode_close(struct hold *h)
{
	struct decoder *d = h->state;

	memory_release(&d->memory);
	pthread_mutex_destroy(&d->again);
	free(d);
}

/* No buffer has these bytes: when they were dropped, they are decoded again. Pinned. */
static int pin_again(struct source *src, struct decoder *d, const char **p)
{
	int err = 0;

	pthread_mutex_lock(&d->again);
	*p = memory_pin(&d->memory);
	if (!*p) {
		err = decode_all(src, &d->memory);
		*p = d->memory.p;
	}
	if (!err && d->memory.n != d->n) {
		memory_unpin(&d->memory);
		err = -EIO; /* it is another file by now */
	}
	pthread_mutex_unlock(&d->again);
	return err;
}

static ssize_t decode_show(struct hold *h, uint64_t at, size_t want, const char **p)
{
	struct decoder *d = h->state;
	const char *from;
	int err;

	if (at >= d->n)
		return 0;
	from = memory_pin(&d->memory);
	err = from ? 0 : pin_again(h->fill->src, d, &from);
	if (err)
		return err;
	*p = from + at;
	return d->n - at;
}

static int64_t decode_end(struct hold *h)
{
	const struct decoder *d = h->state;

	return d->n;
}

const struct way decode_way = {
	.mode = STAGE_PREFETCH,
	.open = decode_open,
	.close = decode_close,
	.show = decode_show,
	.hide = memory_hide,
	.end = decode_end,
	.expect = memory_expect,
	.holds = memory_holds,
};
