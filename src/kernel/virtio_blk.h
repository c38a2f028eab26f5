/*
 * The virtio block device, as its two halves share it: machine/blk_dev.c finds and opens
 * it, virtio_blk.c turns requests into chains and waits for them.
 *
 * Source: virtio 1.2, section 5.2.
 */
#ifndef KERNEL_VIRTIO_BLK_H
#define KERNEL_VIRTIO_BLK_H

#include "kernel/blk.h"
#include "kernel/virtio.h"

#define VIRTIO_BLK_F_RO       ((uint64_t)1 << 5)
#define VIRTIO_BLK_F_BLK_SIZE ((uint64_t)1 << 6)

enum { VIRTIO_BLK_T_IN = 0 };
enum { VIRTIO_BLK_S_OK = 0, VIRTIO_BLK_S_IOERR = 1, VIRTIO_BLK_S_UNSUPP = 2 };

/* What a request carries besides its data, one for each chain that can be in flight (5.2.6). */
struct blk_slot {
	struct PACKED {
		uint32_t type;
		uint32_t reserved;
		uint64_t sector;
	} head;         /* the device reads it */
	uint8_t status; /* the device writes it */
	uint8_t pad[7];
	struct blk_req *req; /* whose it is */
	size_t nbytes;       /* of data, that it asks for */
};
_Static_assert(offsetof(struct blk_slot, status) == 16, "the head is 16 bytes on the wire");

struct blk {
	struct virtio_dev dev;
	struct virtq q;
	uint64_t nsectors;
	struct blk_slot *slots; /* q.size of them */
	int dead;               /* 0, or the error after which the device was reset */
	int first_err;          /* of the requests since the last blk_wait() */
	unsigned in_flight;     /* chains that the device has */
};

/* Features beyond VERSION_1, RO and BLK_SIZE that this virtio_blk.c makes use of. */
extern const uint64_t blk_features;

/* A device that says nothing for this long has failed. */
#define BLK_TIMEOUT_NS 5000000000ull

/* Does the request lie within the device, in whole sectors? -EINVAL with a message. */
MUST_CHECK int blk_check(const struct blk *dev, const struct blk_req *req);

/* Reset the device and remember why; returns `err`. */
int blk_kill(struct blk *dev, int err);

#endif
