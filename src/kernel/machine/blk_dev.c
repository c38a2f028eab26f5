/*
 * The block device, opened: find it, agree on features, set up its queue, read its size.
 *
 * Source: virtio 1.2, 5.2.3 to 5.2.5.
 */
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/heap.h"
#include "kernel/virtio_blk.h"

enum { CONFIG_CAPACITY = 0 /* in sectors of 512 bytes */, CONFIG_BLK_SIZE = 20 /* 32 bits */ };

/* Of a disk with larger sectors we would ask for pieces that it does not have. */
static int check_sectors(const struct virtio_dev *dev)
{
	uint32_t size = SECTOR_SIZE;

	if (dev->features & VIRTIO_BLK_F_BLK_SIZE)
		size = (uint32_t)virtio_config64(dev, CONFIG_BLK_SIZE);
	if (size > SECTOR_SIZE)
		return complain(-EOPNOTSUPP,
				"virtio slot %u: a disk with sectors of %u bytes, not %u",
				dev->slot, size, SECTOR_SIZE);
	return 0;
}

static int set_up(struct blk *dev)
{
	int err = virtio_find(VIRTIO_ID_BLOCK, &dev->dev);

	if (!err)
		err = virtio_negotiate(&dev->dev,
				       VIRTIO_BLK_F_RO | VIRTIO_BLK_F_BLK_SIZE | blk_features,
				       VIRTIO_F_VERSION_1);
	if (err)
		return err;
	err = check_sectors(&dev->dev);
	if (err)
		goto reset;
	err = virtq_init(&dev->q, &dev->dev);
	if (err)
		goto reset;
	dev->slots = heap_alloc(dev->q.size * sizeof(*dev->slots));
	if (!dev->slots) {
		err = complain(-ENOMEM, "virtio-blk: no memory for %u requests", dev->q.size);
		goto release_queue;
	}
	dev->nsectors = virtio_config64(&dev->dev, CONFIG_CAPACITY);
	virtio_start(&dev->dev);
	return 0;

release_queue:
	virtio_reset(&dev->dev);
	virtq_release(&dev->q);
	return err;
reset:
	virtio_reset(&dev->dev);
	return err;
}

int blk_open(struct blk **out)
{
	struct blk *dev = heap_alloc(sizeof(*dev));
	int err;

	if (!dev)
		return complain(-ENOMEM, "virtio-blk: no memory for a device");
	*dev = (struct blk){ 0 };
	err = set_up(dev);
	if (err) {
		heap_free(dev);
		return err;
	}
	print("virtio-blk in slot %u: %llu sectors, queue of %u, features 0x%llx\n", dev->dev.slot,
	      (unsigned long long)dev->nsectors, dev->q.size,
	      (unsigned long long)dev->dev.features);
	*out = dev;
	return 0;
}

void blk_close(struct blk *dev)
{
	virtio_reset(&dev->dev);
	virtq_release(&dev->q);
	heap_free(dev->slots);
	heap_free(dev);
}

uint64_t blk_nsectors(const struct blk *dev)
{
	return dev->nsectors;
}

int blk_check(const struct blk *dev, const struct blk_req *req)
{
	uint64_t nbytes = 0;

	for (size_t i = 0; i < req->nsegs; i++) {
		if (req->segs[i].n % SECTOR_SIZE)
			return complain(-EINVAL, "virtio-blk: sector %llu: a segment of %zu bytes",
					(unsigned long long)req->sector, req->segs[i].n);
		nbytes += req->segs[i].n;
	}
	if (!fits(req->sector, nbytes / SECTOR_SIZE, dev->nsectors))
		return complain(-EINVAL, "virtio-blk: sectors %llu+%llu are past the end (%llu)",
				(unsigned long long)req->sector,
				(unsigned long long)(nbytes / SECTOR_SIZE),
				(unsigned long long)dev->nsectors);
	return 0;
}

int blk_kill(struct blk *dev, int err)
{
	virtio_reset(&dev->dev);
	dev->dead = err;
	return err;
}
