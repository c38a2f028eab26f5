/*
 * virtio over MMIO, version 2: a device, its features, and one split virtqueue.
 *
 * Source: virtio 1.2; section numbers stand at each function. A device is foreign: what
 * it writes into the used ring is checked before it is believed.
 */
#ifndef KERNEL_VIRTIO_H
#define KERNEL_VIRTIO_H

#include "core/bytes.h"

enum { VIRTIO_ID_BLOCK = 2 };

#define VIRTIO_F_INDIRECT_DESC ((uint64_t)1 << 28)
#define VIRTIO_F_EVENT_IDX     ((uint64_t)1 << 29)
#define VIRTIO_F_VERSION_1     ((uint64_t)1 << 32)

struct virtio_dev {
	volatile uint8_t *regs; /* NULL: no device */
	unsigned slot;          /* which of the machine's MMIO slots, for messages */
	uint64_t features;      /* negotiated */
};

/* Scan the slots for a device of this kind. -ENODEV; -EPROTO: a legacy (version 1) device. */
MUST_CHECK int virtio_find(uint32_t id, struct virtio_dev *out);

/*
 * Reset, then accept those of the device's features that are in `known` (4.2.3.1, 2.2).
 * -EOPNOTSUPP: the device lacks one of `required`, or refuses our choice.
 */
MUST_CHECK int virtio_negotiate(struct virtio_dev *dev, uint64_t known, uint64_t required);

/* Everything is set up: the device may begin (DRIVER_OK). */
void virtio_start(struct virtio_dev *dev);

/* Stop the device; afterwards it writes to no memory of ours. */
void virtio_reset(struct virtio_dev *dev);

/* 64 bits of the device's configuration space, read in one piece (4.2.2.2). */
uint64_t virtio_config64(const struct virtio_dev *dev, size_t offset);

/*
 * --- the queue (2.7) ---
 *
 * Two things in it depend on what was negotiated, and callers need not know:
 *
 * VIRTIO_F_INDIRECT_DESC (2.7.5.3): a chain of more than VIRTQ_DIRECT_MAX pieces lies in a
 * table of its own and takes one descriptor of the queue, so that how many fit does not
 * depend on how scattered the memory is. A table is the queue's, from the heap, until its
 * chain has come back or virtq_release(). Without memory for a table the chain takes
 * descriptors, as it does where the device has no such feature.
 *
 * VIRTIO_F_EVENT_IDX (2.7.7, 2.7.10): each side says at which index it wants to hear of
 * the other again. Without it, each has a flag.
 */

struct virtq_desc {
	uint64_t addr; /* physical */
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};
_Static_assert(sizeof(struct virtq_desc) == 16, "2.7.5");

/* A chain that the device has. */
struct virtq_chain {
	void *token;              /* the caller's; NULL: no chain begins at this descriptor */
	struct virtq_desc *table; /* its descriptors, if they are not the queue's */
	uint32_t writeable;       /* bytes that the device may write */
};

struct virtq {
	struct virtio_dev *dev;
	uint16_t size; /* descriptors; a power of two */
	uint16_t nfree;
	uint16_t nchains;     /* that the device has */
	uint16_t free_head;   /* the free descriptors are chained by `next` */
	uint16_t used_seen;   /* how far we have read the used ring; wraps at 2^16 */
	uint16_t avail_next;  /* how far we have written the avail ring; wraps at 2^16 */
	uint16_t avail_shown; /* and how far of that the device may see */
	struct virtq_desc *desc;
	volatile uint16_t *avail;   /* flags, idx, ring[size], used_event */
	volatile uint16_t *used;    /* flags, idx, { u32 id, u32 len } [size], avail_event */
	struct virtq_chain *chains; /* by first descriptor */
};

#define VIRTQ_SIZE       256 /* at most; a device may offer fewer */
#define VIRTQ_DIRECT_MAX 3   /* pieces; a request with one piece of memory needs no table */

/* One piece of a chain: `in` is what the device writes. From page_alloc() or heap_alloc(). */
struct virtq_piece {
	void *p;
	uint32_t n;
	bool in;
};

/* Queue 0 of the device, quiet: no interrupts. -ENOMEM; -EPROTO: the device has no such queue. */
MUST_CHECK int virtq_init(struct virtq *q, struct virtio_dev *dev);

/* The device has been reset, and reads and writes nothing any more. */
void virtq_release(struct virtq *q);

/*
 * Offer a chain; the device sees it from the next virtq_kick() on. `token` (not NULL)
 * comes back from virtq_poll(). -EAGAIN: not enough free descriptors now, which is not printed.
 * Where all are free, a chain of `size` pieces always fits. Counter: "virtio.tables".
 */
MUST_CHECK int virtq_add(struct virtq *q, const struct virtq_piece *pieces, size_t n, void *token);

/*
 * Make what was added visible, and notify the device unless it does not want to know.
 * Counters: "virtio.kicks" (notifications), "virtio.kicks_saved" (those not wanted).
 */
void virtq_kick(struct virtq *q);

/*
 * One finished chain: 1, its token, and how many bytes the device says that it wrote.
 * 0: none yet. -EPROTO: the used ring names a chain that the device has not, more chains
 * than it has, or more bytes than a chain has room for; the message says what.
 */
MUST_CHECK int virtq_poll(struct virtq *q, void **token, uint32_t *written);

/* The same, waited for: 0 and one finished chain. -ETIMEDOUT, with a message; -EPROTO. */
MUST_CHECK int virtq_wait(struct virtq *q, uint64_t timeout_ns, void **token, uint32_t *written);

/*
 * Called by virtq_wait() between two looks at an empty ring. Polling does nothing here; a
 * kernel built with TOP=src/kernel/interrupts sleeps.
 */
void virtq_idle(struct virtq *q);

/*
 * Ask for an interrupt at the next finished chain, or for none. When this returns, look at
 * the ring once more before you sleep: what finished before the device knew is in it.
 */
void virtq_want_interrupt(struct virtq *q, bool wanted);

/* Is there something for virtq_poll()? */
bool virtq_has_reply(const struct virtq *q);

#endif
