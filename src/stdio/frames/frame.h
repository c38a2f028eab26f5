/*
 * Frames: what compressed bytes are wrapped in, as lz4(1) and zstd(1) write them.
 *
 * A compressed file is a sequence of frames, and its plain bytes are those of all of them. Each
 * frame has a header, blocks that say how long they are, and perhaps checksums. So its blocks can
 * be counted before one is decoded, and nothing that a header claims has to be believed.
 *
 *	struct plain most = { 0 };			without memory: only measured
 *	err = frames_read(in, &most, &where);		most.n: no more bytes than this
 *	to = (struct plain){ .p = malloc(most.n), .room = most.n };
 *	err = frames_read(in, &to, &where);		to.n: as many as there are
 *
 * frames_hold() does both, and hands out nothing before the last checksum was right.
 *
 * Errors are -ENODATA: the file ends too early; -EBADMSG: it contradicts itself or its checksums;
 * -EOPNOTSUPP: it needs what no reader of ours has (a dictionary, an old version of the format);
 * -ENOMEM. `where` is an offset in what was read, and a reason.
 */
#ifndef STDIO_FRAMES_FRAME_H
#define STDIO_FRAMES_FRAME_H

#include "core/bytes.h"
#include "core/err.h"
#include "stdio/memory.h"

#define FRAME_MAGIC_SIZE 4

/* Where plain bytes go. */
struct plain {
	char *p; /* NULL: they are only counted, and each block counts for the most it can be */
	size_t room;
	size_t n; /* so far */
};

/* Does a file begin like this? 0, -ENOEXEC: it is no frame, or -EOPNOTSUPP. */
MUST_CHECK int frame_known(uint32_t magic);

/* All frames of `in`, one behind the other. */
MUST_CHECK int frames_read(struct span in, struct plain *to, struct where *where);

/*
 * Their plain bytes, into memory that is pinned on success. -ENOMEM, before anything is decoded:
 * so many as they can be are not within the limit.
 */
MUST_CHECK int frames_hold(struct span in, struct memory *m, struct where *where);

/* One frame of a kind, from its magic at *pos on; *pos is then behind it. */
MUST_CHECK int lz4_frame(struct span in, size_t *pos, struct plain *to, struct where *where);
MUST_CHECK int zstd_frame(struct span in, size_t *pos, struct plain *to, struct where *where);

#define LZ4_MAGIC  0x184d2204u
#define ZSTD_MAGIC 0xfd2fb528u

/* Are there `n` bytes at `pos`? */
static inline int frame_needs(struct span in, size_t pos, size_t n, struct where *where)
{
	if (fits(pos, n, in.n))
		return 0;
	return fail_at(where, -ENODATA, in.n, "ends in the middle of a frame");
}

#endif
