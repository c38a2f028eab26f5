/*
 * A file that has no room in memory as it is may have some as LZ4 blocks (blocks.h).
 *
 * Cost: it is read and compressed when it is opened, and a block is decoded for what is looked at:
 * more work than a copy out of the page cache. It pays where the file is far away, and only who
 * asked for it in memory can know that. So nothing is packed for anybody else, nor while there is
 * room for plain bytes, nor where it saves less than half of them.
 */
#include <lz4.h>
#include <stdlib.h>
#include "core/bytes.h"
#include "core/count.h"
#include "stdio/frames/blocks.h"
#include "stdio/sys.h"
#include "stdio/ways.h"

COUNTER(files, "packed.files");
COUNTER(held_bytes, "packed.bytes");
COUNTER(plain_bytes, "packed.plain");

#define SAMPLES 4
#define LEAST   (4 * BLOCK_SLOTS * BLOCK_SIZE) /* of less, slots would take what blocks save */

/* How much room to ask for: twice what a few blocks tell, to be safe. 0: it does not pay. */
static size_t room_for(int fd, size_t size)
{
	size_t plain = 0, packed = 0;
	char *p = malloc(BLOCK_SIZE + LZ4_COMPRESSBOUND(BLOCK_SIZE));

	for (size_t i = 0; p && i < SAMPLES; i++) {
		ssize_t n = sys_pread_all(fd, p, BLOCK_SIZE, size / SAMPLES * i);

		if (n <= 0)
			break;
		plain += n;
		packed += LZ4_compress_default(p, p + BLOCK_SIZE, n, LZ4_COMPRESSBOUND(BLOCK_SIZE));
	}
	free(p);
	if (plain < SAMPLES * BLOCK_SIZE || packed > plain / 2)
		return 0;
	return BLOCK_SLOTS * BLOCK_SIZE + min_u64(size / 2, size / plain * packed * 2);
}

static int packed_open(struct hold *h)
{
	const struct source *src = h->fill->src;
	bool may = src->regular && src->fd >= 0 && src->size >= LEAST && src->size <= SIZE_MAX;
	size_t room = may ? room_for(src->fd, src->size) : 0;
	struct blocks *b;
	int err = room ? blocks_read(src->fd, src->size, room, &b) : -EOPNOTSUPP;

	if (err)
		return err;
	count_shared(&files, 1);
	count_shared(&held_bytes, b->memory.n);
	count_shared(&plain_bytes, b->n);
	h->state = b;
	return 0;
}

static void packed_close(struct hold *h)
{
	blocks_free(h->state);
}

static ssize_t packed_show(struct hold *h, uint64_t at, size_t want, const char **p)
{
	return blocks_show(h->state, at, p);
}

static void packed_hide(struct hold *h, const char *p)
{
	blocks_hide(h->state, p);
}

const struct way packed_way = {
	.mode = STAGE_PREFETCH,
	.open = packed_open,
	.close = packed_close,
	.show = packed_show,
	.hide = packed_hide,
	.expect = memory_expect,
	.holds = memory_holds,
};
