/*
 * LZ4 frames. They are walked here, from block to block, so that we know how much a frame can be
 * before anything is decoded; headers, checksums and what is in the blocks are the library's work.
 */
#define LZ4F_STATIC_LINKING_ONLY /* LZ4F_getErrorCode() */
#include <lz4frame.h>
#include "stdio/frames/frame.h"

/* The most plain bytes that one byte of a block can stand for: a length of 255. */
#define MOST_PER_BYTE 255

struct walk {
	struct span in;
	size_t pos;
	struct plain *to;
	struct where *where;
	LZ4F_dctx *library;
	LZ4F_frameInfo_t info;
};

static int damaged(struct walk *w, size_t at, const char *what)
{
	return fail_at(w->where, -EBADMSG, at, what);
}

/* What the library found wrong with what begins at w->pos. */
static int wrong(struct walk *w, size_t result)
{
	switch (LZ4F_getErrorCode(result)) {
	case LZ4F_ERROR_frameHeader_incomplete:
		return frame_needs(w->in, w->in.n, 1, w->where);
	case LZ4F_ERROR_headerVersion_wrong:
	case LZ4F_ERROR_reservedFlag_set:
		return fail_at(w->where, -EOPNOTSUPP, w->pos, "an LZ4 frame of another version");
	case LZ4F_ERROR_allocation_failed:
		return fail_at(w->where, -ENOMEM, w->pos, "no memory to decode");
	case LZ4F_ERROR_maxBlockSize_invalid:
		return damaged(w, w->pos, "no size that blocks can have");
	case LZ4F_ERROR_headerChecksum_invalid:
		return damaged(w, w->pos, "the header's checksum is wrong");
	case LZ4F_ERROR_blockChecksum_invalid:
		return damaged(w, w->pos, "a block's checksum is wrong");
	case LZ4F_ERROR_contentChecksum_invalid:
		return damaged(w, w->pos, "the frame's checksum is wrong");
	case LZ4F_ERROR_frameSize_wrong:
		return damaged(w, w->pos, "not as many bytes as the frame says");
	default:
		return damaged(w, w->pos, "a block that cannot be decoded");
	}
}

static int read_header(struct walk *w)
{
	size_t n = w->in.n - w->pos;
	size_t result = LZ4F_getFrameInfo(w->library, &w->info, w->in.p + w->pos, &n);

	if (LZ4F_isError(result))
		return wrong(w, result);
	if (w->info.dictID)
		return fail_at(w->where, -EOPNOTSUPP, w->pos, "needs a dictionary");
	w->pos += n;
	return 0;
}

/* The next `n` bytes, which are there. What comes of them stays where it is: blocks refer to it. */
static int decode(struct walk *w, size_t n)
{
	static const LZ4F_decompressOptions_t options = { .stableDst = 1 };
	struct plain *to = w->to;
	size_t got = to->room - to->n, taken = n;
	size_t result = LZ4F_decompress(w->library, to->p + to->n, &got, w->in.p + w->pos, &taken,
					&options);

	if (LZ4F_isError(result))
		return wrong(w, result);
	if (taken < n)
		return damaged(w, w->pos, "more bytes than the frame says");
	to->n += got;
	return 0;
}

static int take(struct walk *w, size_t n)
{
	int err = w->to->p ? decode(w, n) : 0;

	w->pos += n;
	return err;
}

/* The block at w->pos: its size, its bytes, perhaps a checksum. One of no bytes is the last. */
static int take_block(struct walk *w, bool *last)
{
	int err = frame_needs(w->in, w->pos, 4, w->where);
	uint32_t word = err ? 0 : load_le32(w->in.p + w->pos);
	size_t n = word & INT32_MAX, most = LZ4F_getBlockSize(w->info.blockSizeID);
	size_t sum = w->info.blockChecksumFlag ? 4 : 0;
	bool raw = word >> 31;

	*last = word == 0;
	if (err || *last)
		return err ? err : take(w, 4);
	if (n > most || n == 0)
		return damaged(w, w->pos, "a block of a size that it cannot have");
	err = frame_needs(w->in, w->pos + 4, n + sum, w->where);
	if (!err && !w->to->p)
		w->to->n += raw ? n : min_u64(most, n * MOST_PER_BYTE);
	return err ? err : take(w, 4 + n + sum);
}

/* Behind the last block; `n` bytes were in them, or could have been. */
static int check_end(struct walk *w, size_t n)
{
	uint64_t size = w->info.contentSize; /* 0: it is not said */
	int err = w->info.contentChecksumFlag ? frame_needs(w->in, w->pos, 4, w->where) : 0;

	if (!err && size > n)
		return damaged(w, w->pos, "not as many bytes as the frame says");
	if (!err && size)
		w->to->n -= n - size;
	return !err && w->info.contentChecksumFlag ? take(w, 4) : err;
}

static int walk(struct walk *w)
{
	size_t begin = w->to->n;
	bool last = false;
	int err = read_header(w);

	while (!err && !last)
		err = take_block(w, &last);
	return err ? err : check_end(w, w->to->n - begin);
}

int lz4_frame(struct span in, size_t *pos, struct plain *to, struct where *where)
{
	struct walk w = { .in = in, .pos = *pos, .to = to, .where = where };
	int err;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&w.library, LZ4F_VERSION)))
		return fail_at(where, -ENOMEM, *pos, "no memory to decode");
	err = walk(&w);
	LZ4F_freeDecompressionContext(w.library);
	*pos = w.pos;
	return err;
}
