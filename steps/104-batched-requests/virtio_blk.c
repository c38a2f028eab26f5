/*
 * Requests as the device sees them: one for each struct blk_req, however many sectors it
 * has, and each is waited for before the next is made.
 *
 * Cost: what a sector used to cost, a notification and the way through the host's block
 * layer and back, is paid once for a request.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/virtio_blk.h"

COUNTER(requests, "virtio.requests");
COUNTER(bytes, "virtio.bytes");

const uint64_t blk_features = 0;

/* What the device says of the request that it has just carried out. */
static int check_reply(const struct blk_slot *slot, uint32_t written)
{
	unsigned long long sector = slot->head.sector;

	if (slot->status == VIRTIO_BLK_S_IOERR)
		return complain(-EIO,
				"virtio-blk: sector %llu: the device reports an error in it or in "
				"the %zu sectors after it",
				sector, slot->nbytes / SECTOR_SIZE - 1);
	if (slot->status != VIRTIO_BLK_S_OK)
		return complain(-EPROTO, "virtio-blk: sector %llu: status %u", sector,
				slot->status);
	if (written != slot->nbytes + sizeof(slot->status))
		return complain(-EPROTO, "virtio-blk: sector %llu: %u bytes came, not %zu", sector,
				written, slot->nbytes + sizeof(slot->status));
	return 0;
}

/* One chain: the head, `n` segments, the status. */
static int read_segments(struct blk *dev, uint64_t sector, const struct seg *segs, size_t n)
{
	struct blk_slot *slot = &dev->slots[0];
	struct virtq_piece chain[VIRTQ_SIZE];
	uint32_t written;
	void *token;
	int err;

	*slot = (struct blk_slot){ .head = { .type = VIRTIO_BLK_T_IN, .sector = sector },
				   .status = 0xff };
	chain[0] = (struct virtq_piece){ &slot->head, sizeof(slot->head), .in = false };
	for (size_t i = 0; i < n; i++) {
		chain[1 + i] = (struct virtq_piece){ segs[i].p, (uint32_t)segs[i].n, .in = true };
		slot->nbytes += segs[i].n;
	}
	chain[1 + n] = (struct virtq_piece){ &slot->status, sizeof(slot->status), .in = true };
	err = virtq_add(&dev->q, chain, n + 2, slot);
	BUG_ON(err); /* nothing else is in the queue */
	virtq_kick(&dev->q);
	count(&requests, 1);
	count(&bytes, slot->nbytes);
	err = virtq_wait(&dev->q, BLK_TIMEOUT_NS, &token, &written);
	if (!err)
		err = check_reply(slot, written);
	return err && err != -EIO ? blk_kill(dev, err) : err;
}

/* More segments than the queue has room for become several chains. */
static int read_request(struct blk *dev, const struct blk_req *req)
{
	size_t room = dev->q.size - 2;
	uint64_t sector = req->sector;
	int err = 0;

	for (size_t i = 0; i < req->nsegs && !err; i += room) {
		size_t n = min_u64(room, req->nsegs - i);

		err = read_segments(dev, sector, req->segs + i, n);
		for (size_t k = i; k < i + n; k++)
			sector += req->segs[k].n / SECTOR_SIZE;
	}
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
