/*
 * A file is frames, one behind the other; those that say so are skipped.
 */
#include "stdio/frames/frame.h"

#define LZ4_LEGACY     0x184c2102u
#define ZSTD_LEGACY    0xfd2fb522u /* to …27: Zstandard before it was one */
#define SKIPPABLE      0x184d2a50u /* to …5f */
#define SKIPPABLE_HEAD 8

static bool between(uint32_t x, uint32_t first, uint32_t n)
{
	return x - first < n;
}

int frame_known(uint32_t magic)
{
	if (magic == LZ4_MAGIC || magic == ZSTD_MAGIC || between(magic, SKIPPABLE, 16))
		return 0;
	if (magic == LZ4_LEGACY || between(magic, ZSTD_LEGACY, 6))
		return -EOPNOTSUPP;
	return -ENOEXEC;
}

static int skip(struct span in, size_t *pos, struct where *where)
{
	int err = frame_needs(in, *pos, SKIPPABLE_HEAD, where);
	size_t n = err ? 0 : SKIPPABLE_HEAD + (size_t)load_le32(in.p + *pos + FRAME_MAGIC_SIZE);

	if (!err)
		err = frame_needs(in, *pos, n, where);
	*pos += n;
	return err;
}

static int frame(struct span in, size_t *pos, struct plain *to, struct where *where)
{
	int err = frame_needs(in, *pos, FRAME_MAGIC_SIZE, where);
	uint32_t magic = err ? 0 : load_le32(in.p + *pos);

	if (err)
		return err;
	if (magic == LZ4_MAGIC)
		return lz4_frame(in, pos, to, where);
	if (magic == ZSTD_MAGIC)
		return zstd_frame(in, pos, to, where);
	if (between(magic, SKIPPABLE, 16))
		return skip(in, pos, where);
	if (frame_known(magic) == -EOPNOTSUPP)
		return fail_at(where, -EOPNOTSUPP, *pos, "a frame of an old version");
	return fail_at(where, -EBADMSG, *pos, "neither the end nor another frame");
}

int frames_read(struct span in, struct plain *to, struct where *where)
{
	size_t pos = 0;
	int err = 0;

	while (!err && pos < in.n)
		err = frame(in, &pos, to, where);
	return err;
}

/* What was measured may be more than comes: then less is held in the end. */
int frames_hold(struct span in, struct memory *m, struct where *where)
{
	struct plain to = { 0 };
	int err = frames_read(in, &to, where);

	if (err)
		return err;
	to.room = to.n;
	to.n = 0;
	err = memory_hold(m, to.room, &to.p);
	if (err)
		return fail_at(where, err, 0, "more plain bytes than the limit allows");
	err = frames_read(in, &to, where);
	if (err) {
		memory_give_up(m, to.p);
		return err;
	}
	err = memory_trim(m, &to.p, to.n);
	if (!err)
		memory_keep(m, to.p, to.n);
	return err;
}
