/*
 * LZ4 frames. A block may repeat bytes of the 64 KiB before it: all of a frame is decoded into
 * one piece of memory, where those are.
 */
#include <lz4.h>
#include <string.h>
#include "stdio/frame.h"

/* The most plain bytes that one byte of a block can stand for: a length of 255. */
#define MOST_PER_BYTE 255
#define WINDOW        ((size_t)64 << 10)

enum {
	DICTIONARY = 1 << 0,
	RESERVED = 1 << 1,
	SUM = 1 << 2,
	SIZED = 1 << 3,
	BLOCK_SUMS = 1 << 4,
	INDEPENDENT = 1 << 5,
	VERSION = 3 << 6,
	VERSION_1 = 1 << 6
};

struct header {
	uint8_t flags;
	size_t block_max;
	uint64_t size; /* where flags has SIZED */
};

struct block {
	const char *p;
	size_t n;
	bool raw;
};

static int check_header(const uint8_t *p, size_t n, size_t pos, struct where *where)
{
	uint8_t kind = p[5] >> 4;

	if ((p[4] & VERSION) != VERSION_1 || p[4] & RESERVED || p[5] & 0x8f)
		return fail_at(where, -EOPNOTSUPP, pos + 4, "an LZ4 frame of another version");
	if (kind < 4)
		return fail_at(where, -EBADMSG, pos + 5, "no size that blocks can have");
	if ((xxh32(p + 4, n - 4) >> 8 & 0xff) != p[n])
		return fail_at(where, -EBADMSG, pos + n, "the header's checksum is wrong");
	if (p[4] & DICTIONARY)
		return fail_at(where, -EOPNOTSUPP, pos + 4, "needs a dictionary");
	return 0;
}

static int read_header(struct span in, size_t *pos, struct header *h, struct where *where)
{
	const uint8_t *p = (const uint8_t *)in.p + *pos;
	int err = frame_needs(in, *pos, 7, where);
	size_t n = err ? 0 : 6 + (p[4] & SIZED ? 8 : 0) + (p[4] & DICTIONARY ? 4 : 0);

	if (!err)
		err = frame_needs(in, *pos, n + 1, where);
	if (!err)
		err = check_header(p, n, *pos, where);
	if (err)
		return err;
	h->flags = p[4];
	h->block_max = (size_t)1 << (8 + 2 * (p[5] >> 4));
	h->size = p[4] & SIZED ? load_le64(p + 6) : 0;
	*pos += n + 1;
	return 0;
}

/* The block at *pos; one of no bytes is the last. Its checksum is looked at when it is decoded. */
static int next_block(struct span in, size_t *pos, const struct header *h, struct block *b,
		      struct where *where)
{
	size_t sum = h->flags & BLOCK_SUMS ? 4 : 0;
	int err = frame_needs(in, *pos, 4, where);
	uint32_t word = err ? 0 : load_le32(in.p + *pos);

	*b = (struct block){ .p = in.p + *pos + 4, .n = word & INT32_MAX, .raw = word >> 31 };
	if (err || word == 0) {
		*pos += 4;
		return err;
	}
	if (b->n > h->block_max || b->n == 0)
		return fail_at(where, -EBADMSG, *pos, "a block of a size that it cannot have");
	err = frame_needs(in, *pos + 4, b->n + sum, where);
	*pos += 4 + b->n + sum;
	return err;
}

/* `begin`: where the frame's plain bytes begin, before which no block may look. */
static ssize_t expand(const struct block *b, const struct header *h, struct plain *to, size_t begin)
{
	size_t room = min_u64(h->block_max, to->room - to->n);
	size_t before = h->flags & INDEPENDENT ? 0 : min_u64(WINDOW, to->n - begin);
	char *p = to->p + to->n;

	if (!b->raw)
		return LZ4_decompress_safe_usingDict(b->p, p, b->n, room, p - before, before);
	if (b->n > room)
		return -1;
	memcpy(p, b->p, b->n);
	return b->n;
}

static int take_block(const struct block *b, const struct header *h, struct plain *to, size_t begin,
		      struct where *where, size_t at)
{
	ssize_t n = b->raw ? b->n : min_u64(h->block_max, b->n * MOST_PER_BYTE);

	if (to->p) {
		if (h->flags & BLOCK_SUMS && load_le32(b->p + b->n) != xxh32(b->p, b->n))
			return fail_at(where, -EBADMSG, at, "a block's checksum is wrong");
		n = expand(b, h, to, begin);
	}
	if (n < 0)
		return fail_at(where, -EBADMSG, at, "a block that cannot be decoded");
	to->n += n;
	return 0;
}

/* Behind the last block, at *pos: do what came and what was promised agree? */
static int check_end(struct span in, size_t *pos, const struct header *h, struct plain *to,
		     size_t begin, struct where *where)
{
	size_t n = to->n - begin;
	int err = h->flags & SUM ? frame_needs(in, *pos, 4, where) : 0;

	if (err)
		return err;
	if (h->flags & SIZED && (h->size > n || (to->p && h->size != n)))
		return fail_at(where, -EBADMSG, *pos, "not as many bytes as the frame says");
	if (h->flags & SIZED)
		to->n = begin + h->size;
	if (h->flags & SUM && to->p && load_le32(in.p + *pos) != xxh32(to->p + begin, n))
		return fail_at(where, -EBADMSG, *pos, "the frame's checksum is wrong");
	*pos += h->flags & SUM ? 4 : 0;
	return 0;
}

int lz4_frame(struct span in, size_t *pos, struct plain *to, struct where *where)
{
	size_t begin = to->n;
	struct header h;
	struct block b = { .n = 1 };
	int err = read_header(in, pos, &h, where);

	while (!err && b.n > 0) {
		size_t at = *pos;

		err = next_block(in, pos, &h, &b, where);
		if (!err && b.n > 0)
			err = take_block(&b, &h, to, begin, where, at);
	}
	return err ? err : check_end(in, pos, &h, to, begin, where);
}
