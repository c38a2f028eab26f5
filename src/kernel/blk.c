/*
 * Byte ranges from a device that only knows sectors.
 *
 * Cost: for every call a temporary buffer on the heap, and a copy.
 */
#include "kernel/blk.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/heap.h"

static int read_sectors(struct blk *dev, uint64_t sector, void *dst, size_t nbytes)
{
	struct seg into = { dst, nbytes };
	struct blk_req req = { .sector = sector, .segs = &into, .nsegs = 1 };
	int err = blk_submit(dev, &req, 1);

	return err ? err : blk_wait(dev);
}

int blk_read_bytes(struct blk *dev, uint64_t offset, void *dst, size_t n)
{
	size_t skip = offset % SECTOR_SIZE;
	size_t nbytes;
	char *sectors;
	int err;

	if (n == 0)
		return 0;
	if (!fits(offset, n, round_down(UINT64_MAX, SECTOR_SIZE)))
		return complain(-EINVAL, "%zu bytes at %llu: no device is as large", n,
				(unsigned long long)offset);
	nbytes = round_up(skip + n, SECTOR_SIZE);
	sectors = heap_alloc(nbytes);
	if (!sectors)
		return complain(-ENOMEM, "no memory for %zu bytes at %llu of the device", nbytes,
				(unsigned long long)offset);
	err = read_sectors(dev, offset / SECTOR_SIZE, sectors, nbytes);
	if (!err)
		copy_bytes(dst, sectors + skip, n);
	heap_free(sectors);
	return err;
}
