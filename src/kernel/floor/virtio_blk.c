/*
 * Requests as they come, the ring kept full, one notification for as many as fit.
 *
 * The floor's driver: no bounds but the queue's, nothing between the device and the
 * caller's memory.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/virtio_blk.h"

COUNTER(requests, "virtio.requests");
COUNTER(bytes, "virtio.bytes");

const uint64_t blk_features = 0;

enum { PIECES_MAX = VIRTQ_SIZE };

static unsigned in_flight;

static int finish(struct blk_slot *slot)
{
	in_flight--;
	slot->req->err = slot->status == VIRTIO_BLK_S_OK ? 0 : -EIO;
	if (slot->req->err)
		return complain(-EIO, "virtio-blk: sector %llu: the device reports an error",
				(unsigned long long)slot->head.sector);
	return 0;
}

/* Wait for one reply. */
static int reap(struct blk *dev)
{
	uint32_t written;
	void *slot;
	int err = virtq_wait(&dev->q, BLK_TIMEOUT_NS, &slot, &written);

	return err ? blk_kill(dev, err) : finish(slot);
}

/* A chain always takes the slot of its first descriptor, which is the queue's next free one. */
static int add(struct blk *dev, struct blk_req *req)
{
	struct blk_slot *slot = &dev->slots[dev->q.free_head];
	struct virtq_piece chain[PIECES_MAX];
	size_t n = 0;

	*slot = (struct blk_slot){ .head = { .type = VIRTIO_BLK_T_IN, .sector = req->sector },
				   .status = 0xff,
				   .req = req };
	chain[n++] = (struct virtq_piece){ &slot->head, sizeof(slot->head), false };
	for (size_t i = 0; i < req->nsegs && n < PIECES_MAX - 1; i++)
		chain[n++] = (struct virtq_piece){ req->segs[i].p, (uint32_t)req->segs[i].n, true };
	chain[n++] = (struct virtq_piece){ &slot->status, sizeof(slot->status), true };
	return virtq_add(&dev->q, chain, n, slot);
}

int blk_submit(struct blk *dev, struct blk_req *reqs, size_t nreqs)
{
	for (size_t i = 0; i < nreqs; i++) {
		int err = blk_check(dev, &reqs[i]);

		while (!err && (err = add(dev, &reqs[i])) == -EAGAIN) {
			virtq_kick(&dev->q);
			err = reap(dev);
		}
		if (err)
			return blk_kill(dev, err);
		in_flight++;
		count(&requests, 1);
		count(&bytes, reqs[i].segs->n);
	}
	virtq_kick(&dev->q);
	return 0;
}

int blk_wait(struct blk *dev)
{
	int err = dev->dead;

	while (in_flight && !err)
		err = reap(dev);
	return err;
}
