/*
 * Blocks straight from the disk: nothing is kept, so every bio_get() reads.
 *
 * Cost: an allocation and a read of the whole block, for each loan of each block.
 */
#include "kernel/bio.h"
#include "core/err.h"
#include "core/list.h"
#include "kernel/complain.h"
#include "kernel/heap.h"

struct bio {
	struct blk *dev;
	size_t block_size;
	uint64_t nblocks; /* that the device has room for */
	size_t nloans;
};

/* A loan: the block's bytes stand behind it. */
struct loan {
	struct buf buf;
	uint8_t bytes[];
};

int bio_open(struct blk *dev, size_t block_size, struct bio **out)
{
	struct bio *bio = heap_alloc(sizeof(*bio));

	if (!bio)
		return complain(-ENOMEM, "no memory to read blocks of %zu bytes", block_size);
	bio->dev = dev;
	bio->block_size = block_size;
	bio->nblocks = blk_nsectors(dev) / (block_size / SECTOR_SIZE);
	bio->nloans = 0;
	*out = bio;
	return 0;
}

void bio_close(struct bio *bio)
{
	BUG_ON(bio && bio->nloans);
	heap_free(bio);
}

int bio_get(struct bio *bio, uint64_t block, const struct buf **out)
{
	struct loan *loan;
	int err;

	if (block >= bio->nblocks)
		return complain(-EINVAL, "block %llu: the device ends after %llu",
				(unsigned long long)block, (unsigned long long)bio->nblocks);
	loan = heap_alloc(sizeof(*loan) + bio->block_size);
	if (!loan)
		return complain(-ENOMEM, "block %llu: no memory for its %zu bytes",
				(unsigned long long)block, bio->block_size);
	err = blk_read_bytes(bio->dev, block * bio->block_size, loan->bytes, bio->block_size);
	if (err) {
		heap_free(loan);
		return err;
	}
	loan->buf = (struct buf){ .data = loan->bytes, .block = block };
	bio->nloans++;
	*out = &loan->buf;
	return 0;
}

void bio_put(struct bio *bio, const struct buf *buf)
{
	BUG_ON(bio->nloans == 0);
	bio->nloans--;
	heap_free(CONTAINER_OF(buf, struct loan, buf));
}
