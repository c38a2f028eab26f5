/*
 * Zstandard frames. They are walked here, from block to block, so that we know how long a frame is
 * and how much it can be before anything is decoded; what is in the blocks is the library's work.
 */
#include <zstd.h>
#include <zstd_errors.h>
#include "stdio/frames/frame.h"

#define BLOCK_MAX ((uint64_t)128 << 10)

enum { RAW, REPEATED, COMPRESSED };

struct header {
	bool summed;
	bool sized;
	uint64_t size; /* where sized */
	uint64_t block_max;
};

static uint64_t load_le(const uint8_t *p, size_t n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | p[n];
	return value;
}

static uint64_t window_of(uint8_t b)
{
	uint64_t base = (uint64_t)1 << (10 + (b >> 3));

	return base + base / 8 * (b & 7);
}

/* magic, descriptor, window?, dictionary?, size? */
static int read_header(struct span in, size_t *pos, struct header *h, struct where *where)
{
	static const uint8_t dictionary_sizes[] = { 0, 1, 2, 4 };
	static const uint8_t size_sizes[] = { 0, 2, 4, 8 };
	const uint8_t *p = (const uint8_t *)in.p + *pos + FRAME_MAGIC_SIZE;
	int err = frame_needs(in, *pos, FRAME_MAGIC_SIZE + 1, where);
	uint8_t d = err ? 0 : *p++;
	bool single = d >> 5 & 1; /* one segment: the window is the size, and not written */
	size_t dictionary = dictionary_sizes[d & 3];
	size_t size = d >> 6 ? size_sizes[d >> 6] : single;
	size_t n = !single + dictionary + size;

	if (!err)
		err = frame_needs(in, *pos, FRAME_MAGIC_SIZE + 1 + n, where);
	if (err)
		return err;
	if (d & 8)
		return fail_at(where, -EOPNOTSUPP, *pos + 4,
			       "a Zstandard frame of another version");
	if (load_le(p + !single, dictionary) != 0)
		return fail_at(where, -EOPNOTSUPP, *pos + 5 + !single, "needs a dictionary");
	h->summed = d & 4;
	h->sized = size > 0;
	h->size = load_le(p + !single + dictionary, size) + (size == 2 ? 256 : 0);
	h->block_max = min_u64(BLOCK_MAX, single ? h->size : window_of(*p));
	*pos += FRAME_MAGIC_SIZE + 1 + n;
	return 0;
}

/* The block at *pos: adds the most that it can be. */
static int walk_block(struct span in, size_t *pos, const struct header *h, uint64_t *most,
		      bool *last, struct where *where)
{
	int err = frame_needs(in, *pos, 3, where);
	uint32_t word = err ? 0 : load_le((const uint8_t *)in.p + *pos, 3);
	unsigned kind = word >> 1 & 3;
	uint32_t n = word >> 3;

	if (err)
		return err;
	if (kind > COMPRESSED || n > h->block_max)
		return fail_at(where, -EBADMSG, *pos,
			       "a block of a kind or size that there is not");
	*last = word & 1;
	*most += kind == COMPRESSED ? h->block_max : n;
	*pos += 3;
	n = kind == REPEATED ? 1 : n;
	err = frame_needs(in, *pos, n, where);
	*pos += n;
	return err;
}

/* From the magic to the end; *most: no more bytes than this. */
static int walk(struct span in, size_t *pos, uint64_t *most, struct where *where)
{
	size_t begin = *pos;
	struct header h;
	bool last = false;
	int err = read_header(in, pos, &h, where);

	*most = 0;
	while (!err && !last)
		err = walk_block(in, pos, &h, most, &last, where);
	if (!err && h.summed)
		err = frame_needs(in, *pos, 4, where);
	if (err)
		return err;
	*pos += h.summed ? 4 : 0;
	if (h.sized && h.size > *most)
		return fail_at(where, -EBADMSG, begin, "more bytes than its blocks can hold");
	*most = h.sized ? h.size : *most;
	return 0;
}

static int expand(struct span frame, size_t begin, struct plain *to, struct where *where)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();
	size_t n;

	if (!d)
		return fail_at(where, -ENOMEM, begin, "no memory to decode");
	n = ZSTD_decompressDCtx(d, to->p + to->n, to->room - to->n, frame.p, frame.n);
	ZSTD_freeDCtx(d);
	if (!ZSTD_isError(n)) {
		to->n += n;
		return 0;
	}
	if (ZSTD_getErrorCode(n) == ZSTD_error_checksum_wrong)
		return fail_at(where, -EBADMSG, begin + frame.n - 4,
			       "the frame's checksum is wrong");
	return fail_at(where, -EBADMSG, begin, "a frame that cannot be decoded");
}

int zstd_frame(struct span in, size_t *pos, struct plain *to, struct where *where)
{
	size_t begin = *pos;
	uint64_t most;
	int err = walk(in, pos, &most, where);

	if (err)
		return err;
	if (to->p)
		return expand((struct span){ in.p + begin, *pos - begin }, begin, to, where);
	if (__builtin_add_overflow(to->n, most, &to->n))
		return fail_at(where, -EBADMSG, begin, "more bytes than there are addresses");
	return 0;
}
