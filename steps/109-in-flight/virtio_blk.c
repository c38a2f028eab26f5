/*
 * Requests as the device sees them: all of a list at once, one for each struct blk_req, and
 * one notification for as many as the queue has room for.
 *
 * Cost: a notification for a list, and the wait for the slowest of its requests instead of
 * the sum of all.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/virtio_blk.h"

COUNTER(requests, "virtio.requests");
COUNTER(bytes, "virtio.bytes");
COUNTER(in_flight_peak, "virtio.in_flight");

const uint64_t blk_features = VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;

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

/* A device that has broken the rules is reset: what it has of ours will not come back. */
static void give_up(struct blk *dev, int err)
{
	blk_kill(dev, err);
	for (uint16_t i = 0; i < dev->q.size; i++) {
		struct blk_slot *slot = dev->q.chains[i].token;

		if (slot && !slot->req->err)
			slot->req->err = err;
	}
	dev->in_flight = 0;
}

/* Take one reply. */
static void reap(struct blk *dev)
{
	uint32_t written;
	void *token;
	int err = virtq_wait(&dev->q, BLK_TIMEOUT_NS, &token, &written);

	if (!err) {
		struct blk_slot *slot = token;

		dev->in_flight--;
		err = check_reply(slot, written);
		if (!slot->req->err)
			slot->req->err = err;
	}
	if (!dev->first_err)
		dev->first_err = err;
	if (err && err != -EIO)
		give_up(dev, err);
}

/* One chain: the head, `n` segments, the status. The slot is that of its first descriptor. */
static int add_chain(struct blk *dev, struct blk_req *req, uint64_t sector, const struct seg *segs,
		     size_t n)
{
	struct blk_slot *slot = &dev->slots[dev->q.free_head];
	struct virtq_piece chain[VIRTQ_SIZE];
	int err;

	if (dev->q.nfree == 0)
		return -EAGAIN;
	*slot = (struct blk_slot){ .head = { .type = VIRTIO_BLK_T_IN, .sector = sector },
				   .status = 0xff,
				   .req = req };
	chain[0] = (struct virtq_piece){ &slot->head, sizeof(slot->head), .in = false };
	for (size_t i = 0; i < n; i++) {
		chain[1 + i] = (struct virtq_piece){ segs[i].p, (uint32_t)segs[i].n, .in = true };
		slot->nbytes += segs[i].n;
	}
	chain[1 + n] = (struct virtq_piece){ &slot->status, sizeof(slot->status), .in = true };
	err = virtq_add(&dev->q, chain, n + 2, slot);
	if (err)
		return err;
	count(&requests, 1);
	count(&bytes, slot->nbytes);
	count_peak(&in_flight_peak, ++dev->in_flight);
	return 0;
}

/* More segments than the queue has room for become several chains. */
static void add_request(struct blk *dev, struct blk_req *req)
{
	size_t room = dev->q.size - 2;
	uint64_t sector = req->sector;

	for (size_t i = 0; i < req->nsegs && !dev->dead; i += room) {
		size_t n = min_u64(room, req->nsegs - i);

		while (!dev->dead && add_chain(dev, req, sector, req->segs + i, n) == -EAGAIN) {
			virtq_kick(&dev->q);
			reap(dev);
		}
		for (size_t k = i; k < i + n; k++)
			sector += req->segs[k].n / SECTOR_SIZE;
	}
}

int blk_submit(struct blk *dev, struct blk_req *reqs, size_t nreqs)
{
	int err = dev->dead;

	for (size_t i = 0; i < nreqs && !err; i++)
		err = blk_check(dev, &reqs[i]);
	if (err)
		return err;
	for (size_t i = 0; i < nreqs; i++) {
		reqs[i].err = 0;
		add_request(dev, &reqs[i]);
		if (dev->dead)
			reqs[i].err = dev->dead;
	}
	if (!dev->dead)
		virtq_kick(&dev->q);
	return 0;
}

int blk_wait(struct blk *dev)
{
	int err;

	while (dev->in_flight)
		reap(dev);
	err = dev->first_err;
	dev->first_err = 0;
	return err;
}
