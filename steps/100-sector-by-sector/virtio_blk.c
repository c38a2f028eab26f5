/*
 * Requests as the device sees them: one for each sector, and each is waited for before
 * the next is made.
 *
 * Cost: for 512 bytes three descriptors, a notification (the guest stops while the host
 * looks at the queue) and the way through the host's block layer and back.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/virtio_blk.h"

COUNTER(requests, "virtio.requests");
COUNTER(bytes, "virtio.bytes");

const uint64_t blk_features = 0;

/* What the device says of the sector that it has just read. */
static int check_reply(const struct blk_slot *slot, uint32_t written)
{
	unsigned long long sector = slot->head.sector;

	if (slot->status == VIRTIO_BLK_S_IOERR)
		return complain(-EIO, "virtio-blk: sector %llu: the device reports an error",
				sector);
	if (slot->status != VIRTIO_BLK_S_OK)
		return complain(-EPROTO, "virtio-blk: sector %llu: status %u", sector,
				slot->status);
	if (written != SECTOR_SIZE + sizeof(slot->status))
		return complain(-EPROTO, "virtio-blk: sector %llu: %u bytes came, not %zu", sector,
				written, SECTOR_SIZE + sizeof(slot->status));
	return 0;
}

static int read_sector(struct blk *dev, uint64_t sector, void *dst)
{
	struct blk_slot *slot = &dev->slots[0];
	struct virtq_piece chain[] = {
		{ &slot->head, sizeof(slot->head), .in = false },
		{ dst, SECTOR_SIZE, .in = true },
		{ &slot->status, sizeof(slot->status), .in = true },
	};
	uint32_t written;
	void *token;
	int err;

	slot->head.type = VIRTIO_BLK_T_IN;
	slot->head.reserved = 0;
	slot->head.sector = sector;
	slot->status = 0xff;
	err = virtq_add(&dev->q, chain, ARRAY_LEN(chain), slot);
	BUG_ON(err); /* nothing else is in the queue */
	virtq_kick(&dev->q);
	count(&requests, 1);
	count(&bytes, SECTOR_SIZE);
	err = virtq_wait(&dev->q, BLK_TIMEOUT_NS, &token, &written);
	if (!err)
		err = check_reply(slot, written);
	return err && err != -EIO ? blk_kill(dev, err) : err;
}

static int read_segment(struct blk *dev, uint64_t *sector, const struct seg *seg)
{
	for (size_t at = 0; at < seg->n; at += SECTOR_SIZE) {
		int err = read_sector(dev, (*sector)++, (char *)seg->p + at);

		if (err)
			return err;
	}
	return 0;
}

static int read_request(struct blk *dev, struct blk_req *req)
{
	uint64_t sector = req->sector;
	int err = 0;

	for (size_t i = 0; i < req->nsegs && !err; i++)
		err = read_segment(dev, &sector, &req->segs[i]);
	return err;
}

int blk_submit(struct blk *dev, struct blk_req *reqs, size_t nreqs)
{
	if (dev->dead)
		return dev->dead;
	for (size_t i = 0; i < nreqs; i++) {
		int err = blk_check(dev, &reqs[i]);

		if (err)
			return err;
	}
	for (size_t i = 0; i < nreqs; i++) {
		reqs[i].err = dev->dead ? dev->dead : read_request(dev, &reqs[i]);
		if (!dev->first_err)
			dev->first_err = reqs[i].err;
	}
	return 0;
}

int blk_wait(struct blk *dev)
{
	int err = dev->first_err;

	dev->first_err = 0;
	return err;
}
