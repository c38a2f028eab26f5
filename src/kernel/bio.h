/*
 * Blocks: a file system's unit, by number, as memory that one may look at.
 *
 * bio_get() lends a block, bio_put() gives it back. Between the two the bytes stay
 * where they are and do not change; whether they came from the disk or were kept
 * from an earlier bio_get() is the implementation's business.
 *
 *	const struct buf *buf;
 *	int err = bio_get(bio, 17, &buf);
 *	if (err)
 *		return err;
 *	… buf->data[0] …
 *	bio_put(bio, buf);
 */
#ifndef KERNEL_BIO_H
#define KERNEL_BIO_H

#include "kernel/blk.h"

struct bio;

/* A block on loan. */
struct buf {
	const uint8_t *data; /* block_size bytes */
	uint64_t block;
};

/*
 * Read `dev` in blocks of `block_size` bytes (a power of two, 512 to 65,536).
 * The device stays the caller's and must outlive the bio. -ENOMEM.
 */
MUST_CHECK int bio_open(struct blk *dev, size_t block_size, struct bio **out);

/* Every block must have been put back. NULL is allowed. */
void bio_close(struct bio *bio);

/*
 * Borrow a block. The same block may be borrowed several times at once; eight
 * loans at a time always work. -EINVAL: past the end of the device; -ENOMEM;
 * otherwise the device's error, already printed.
 */
MUST_CHECK int bio_get(struct bio *bio, uint64_t block, const struct buf **out);
void bio_put(struct bio *bio, const struct buf *buf);

#endif
