/*
 * One split virtqueue, polled. Adding and finishing a chain cost a few stores each;
 * the notification is the expensive part: the guest leaves for the host.
 *
 * Source: virtio 1.2, 2.7. The avail ring is ours to write, the used ring is the device's.
 */
#include "kernel/virtio.h"
#include <string.h>
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtio_mmio.h"
#include "kernel/page.h"

COUNTER(kicks, "virtio.kicks");

enum { DESC_NEXT = 1, DESC_WRITE = 2 };
enum { AVAIL_NO_INTERRUPT = 1 };
enum { RING_IDX = 1, RING_START = 2 }; /* in units of 16 bits, both rings */

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
		return err;
	for (uint16_t i = 0; i < q->size; i++)
		q->desc[i].next = i + 1;
	q->avail[0] = AVAIL_NO_INTERRUPT;

	mmio_write(dev, MMIO_QUEUE_NUM, q->size);
	set_address(dev, MMIO_QUEUE_DESC, q->desc);
	set_address(dev, MMIO_QUEUE_DRIVER, q->avail);
	set_address(dev, MMIO_QUEUE_DEVICE, q->used);
	mmio_write(dev, MMIO_QUEUE_READY, 1);
	return 0;
}

void virtq_release(struct virtq *q)
{
	page_free(q->desc, 3);
	heap_free(q->chains);
}

int virtq_add(struct virtq *q, const struct virtq_piece *pieces, size_t n, void *token)
{
	uint16_t head = q->free_head, at = head;
	uint32_t writeable = 0;

	BUG_ON(n == 0 || !token);
	if (n > q->nfree)
		return -EAGAIN;
	for (size_t i = 0; i < n; i++) {
		struct virtq_desc *d = &q->desc[at];

		d->addr = physical_of(pieces[i].p);
		d->len = pieces[i].n;
		d->flags = (pieces[i].in ? DESC_WRITE : 0) | (i + 1 < n ? DESC_NEXT : 0);
		writeable += pieces[i].in ? pieces[i].n : 0;
		at = d->next;
	}
	q->free_head = at;
	q->nfree -= n;
	q->nchains++;
	q->chains[head] = (struct virtq_chain){ token, writeable };
	q->avail[RING_START + q->avail_next++ % q->size] = head;
	return 0;
}

void virtq_kick(struct virtq *q)
{
	/* The device must see descriptors and ring entries before the index that covers them. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	q->avail[RING_IDX] = q->avail_next;
	/* And the index before the notification. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	count(&kicks, 1);
	mmio_write(q->dev, MMIO_QUEUE_NOTIFY, 0);
}

/* The descriptors of a finished chain become free again. */
static void free_chain(struct virtq *q, uint16_t head)
{
	uint16_t last = head, n = 1;

	for (; q->desc[last].flags & DESC_NEXT; n++)
		last = q->desc[last].next;
	q->desc[last].next = q->free_head;
	q->free_head = head;
	q->nfree += n;
	q->nchains--;
	q->chains[head].token = NULL;
}

int virtq_poll(struct virtq *q, void **token, uint32_t *written)
{
	volatile uint32_t *element = (volatile uint32_t *)(q->used + RING_START);
	uint32_t id, len;
	uint16_t nfinished = q->used[RING_IDX] - q->used_seen;

	if (nfinished == 0)
		return 0;
	if (nfinished > q->nchains)
		return complain(-EPROTO,
				"virtio slot %u: the device finished %u chains, but has only %u",
				q->dev->slot, nfinished, q->nchains);
	/* The index before the element and the data that it announces. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	id = element[q->used_seen % q->size * 2];
	len = element[q->used_seen % q->size * 2 + 1];
	if (id >= q->size || !q->chains[id].token)
		return complain(-EPROTO,
				"virtio slot %u: the device finished chain %u, which is "
				"not outstanding",
				q->dev->slot, id);
	if (len > q->chains[id].writeable)
		return complain(-EPROTO, "virtio slot %u: the device wrote %u bytes into %u",
				q->dev->slot, len, q->chains[id].writeable);
	q->used_seen++;
	*token = q->chains[id].token;
	*written = len;
	free_chain(q, (uint16_t)id);
	return 1;
}
