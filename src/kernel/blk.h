/*
 * The block device: ranges of sectors into memory, read-only.
 *
 * A reader submits a list of requests and waits for them. The list may hold any
 * number, each of any length, each scattered over any number of segments; how
 * many of them the device sees at a time is the implementation's business.
 *
 *	struct seg into = { page, PAGE_SIZE };
 *	struct blk_req req = { .sector = 2048, .segs = &into, .nsegs = 1 };
 *	int err = blk_submit(dev, &req, 1);
 *	if (!err)
 *		err = blk_wait(dev);
 *
 * Source: virtio 1.2, section 5.2 (block device); sectors are counted in 512 bytes always.
 */
#ifndef KERNEL_BLK_H
#define KERNEL_BLK_H

#include "core/bytes.h"

#define SECTOR_SIZE 512u

struct blk;

/*
 * One range of the disk and where its bytes go. The request, its segments and the
 * memory behind them belong to the caller and stay put until blk_wait() returns.
 * That memory comes from page_alloc() or heap_alloc(): the device writes to it.
 * Every segment's length is a multiple of SECTOR_SIZE; `err` is set by blk_wait().
 */
struct blk_req {
	uint64_t sector; /* the first one */
	const struct seg *segs;
	size_t nsegs;
	int err; /* 0, or -errno of this request */
};

/*
 * Find the machine's block device and make it ready.
 * -ENODEV: there is none; -EOPNOTSUPP: it lacks a feature that we need, or reads no less
 * than a larger sector at a time;
 * -ENOMEM; -EPROTO: it does not follow the specification. Says which.
 */
MUST_CHECK int blk_open(struct blk **out);

/* Reset the device, so that it no longer writes to memory, and forget it. */
void blk_close(struct blk *dev);

uint64_t blk_nsectors(const struct blk *dev);

/*
 * Queue `nreqs` requests; they may run before blk_wait() and in any order.
 * On an error none of them is left running and the message has been printed:
 * -EINVAL: a range past the end of the device, or a length that is no multiple of a
 * sector; otherwise as blk_wait().
 */
MUST_CHECK int blk_submit(struct blk *dev, struct blk_req *reqs, size_t nreqs);

/*
 * Wait until everything submitted is done. Returns the first error:
 * -EIO: the device reports one (the message names the sector);
 * -EPROTO: a reply that breaks the specification; -ETIMEDOUT: no reply at all.
 * After the last two the device is reset and every later call fails.
 */
MUST_CHECK int blk_wait(struct blk *dev);

/*
 * Any range of bytes into any memory: reads the sectors that cover it into a
 * temporary buffer and copies. -EINVAL, -EIO, … as above; -ENOMEM.
 */
MUST_CHECK int blk_read_bytes(struct blk *dev, uint64_t offset, void *dst, size_t n);

#endif
