/*
 * One split virtqueue: its memory, and telling the device where that is. What goes through
 * it is virtq_chain.c's business, who tells whom about it virtq_notify.c's.
 *
 * Source: virtio 1.2, 2.7 and 4.2.3.2.
 */
#include "kernel/virtio.h"
#include <string.h>
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtio_mmio.h"
#include "kernel/page.h"

static void set_address(struct virtio_dev *dev, size_t reg, const volatile void *p)
{
	uint64_t physical = physical_of((const void *)p);

	mmio_write(dev, reg, (uint32_t)physical);
	mmio_write(dev, reg + 4, (uint32_t)(physical >> 32));
}

/* One page holds each part: 256 descriptors are 4 KiB, the used ring is 2,054 bytes. */
static int alloc_rings(struct virtq *q)
{
	char *pages = page_alloc(3);

	if (!pages)
		return -ENOMEM;
	q->chains = heap_alloc(q->size * sizeof(*q->chains));
	if (!q->chains) {
		page_free(pages, 3);
		return -ENOMEM;
	}
	memset(pages, 0, 3 * PAGE_SIZE);
	memset(q->chains, 0, q->size * sizeof(*q->chains));
	q->desc = (struct virtq_desc *)pages;
	q->avail = (volatile uint16_t *)(pages + PAGE_SIZE);
	q->used = (volatile uint16_t *)(pages + 2 * PAGE_SIZE);
	return 0;
}

int virtq_init(struct virtq *q, struct virtio_dev *dev)
{
	uint32_t max;
	int err;

	mmio_write(dev, MMIO_QUEUE_SEL, 0);
	max = mmio_read(dev, MMIO_QUEUE_NUM_MAX);
	if (max < 4 || mmio_read(dev, MMIO_QUEUE_READY))
		return complain(-EPROTO, "virtio slot %u: no usable queue 0 (%u entries)",
				dev->slot, max);
	*q = (struct virtq){ .dev = dev, .size = VIRTQ_SIZE };
	while (q->size > max)
		q->size /= 2;
	q->nfree = q->size;
	err = alloc_rings(q);
	if (err)
		return complain(err, "virtio slot %u: no memory for a queue of %u", dev->slot,
				q->size);
	for (uint16_t i = 0; i < q->size; i++)
		q->desc[i].next = i + 1;
	virtq_want_interrupt(q, false);

	mmio_write(dev, MMIO_QUEUE_NUM, q->size);
	set_address(dev, MMIO_QUEUE_DESC, q->desc);
	set_address(dev, MMIO_QUEUE_DRIVER, q->avail);
	set_address(dev, MMIO_QUEUE_DEVICE, q->used);
	mmio_write(dev, MMIO_QUEUE_READY, 1);
	return 0;
}

void virtq_release(struct virtq *q)
{
	for (uint16_t i = 0; i < q->size; i++)
		heap_free(q->chains[i].table);
	page_free(q->desc, 3);
	heap_free(q->chains);
}
