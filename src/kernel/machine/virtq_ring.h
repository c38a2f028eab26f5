/* The rings as both sides lay them out. Source: virtio 1.2, 2.7.5, 2.7.6 and 2.7.8. */
#ifndef KERNEL_MACHINE_VIRTQ_RING_H
#define KERNEL_MACHINE_VIRTQ_RING_H

#include "kernel/virtio.h"

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { AVAIL_NO_INTERRUPT = 1, USED_NO_NOTIFY = 1 };
enum { RING_FLAGS = 0, RING_IDX = 1, RING_START = 2 }; /* in units of 16 bits, both rings */

/* Behind the last entry: the driver's wish in its ring, the device's wish in the other. */
static inline volatile uint16_t *used_event(const struct virtq *q)
{
	return &q->avail[RING_START + q->size];
}

static inline volatile uint16_t *avail_event(const struct virtq *q)
{
	return &q->used[RING_START + 4 * q->size];
}

#endif
