/*
 * Chains into the queue, and back out of it: a few stores each.
 *
 * A long chain costs a piece of heap in addition, where it has a table of its own.
 *
 * Source: virtio 1.2, 2.7.5 and 2.7.8. The avail ring is ours to write, the used ring is
 * the device's.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtq_ring.h"

COUNTER(tables, "virtio.tables");

static struct virtq_desc describe(const struct virtq_piece *piece, bool last, uint16_t next)
{
	return (struct virtq_desc){
		.addr = physical_of(piece->p),
		.len = piece->n,
		.flags = (piece->in ? DESC_WRITE : 0) | (last ? 0 : DESC_NEXT),
		.next = next,
	};
}

/* All of a chain in a table; the queue's first free descriptor leads there (2.7.5.3). */
static struct virtq_desc *add_table(struct virtq *q, const struct virtq_piece *pieces, size_t n)
{
	struct virtq_desc *table, *lead = &q->desc[q->free_head];

	if (n <= VIRTQ_DIRECT_MAX || q->nfree == 0 || !(q->dev->features & VIRTIO_F_INDIRECT_DESC))
		return NULL;
	table = heap_alloc(n * sizeof(*table));
	if (!table)
		return NULL;
	for (size_t i = 0; i < n; i++)
		table[i] = describe(&pieces[i], i + 1 == n, (uint16_t)(i + 1));
	lead->addr = physical_of(table);
	lead->len = (uint32_t)(n * sizeof(*table));
	lead->flags = DESC_INDIRECT;
	q->free_head = lead->next;
	q->nfree--;
	count(&tables, 1);
	return table;
}

/* All of a chain in descriptors of the queue. */
static void add_direct(struct virtq *q, const struct virtq_piece *pieces, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct virtq_desc *d = &q->desc[q->free_head];

		*d = describe(&pieces[i], i + 1 == n, d->next);
		q->free_head = d->next;
	}
	q->nfree -= n;
}

int virtq_add(struct virtq *q, const struct virtq_piece *pieces, size_t n, void *token)
{
	struct virtq_chain chain = { .token = token };
	uint16_t head = q->free_head;

	BUG_ON(n == 0 || !token);
	chain.table = add_table(q, pieces, n);
	if (!chain.table && n > q->nfree)
		return -EAGAIN;
	if (!chain.table)
		add_direct(q, pieces, n);
	for (size_t i = 0; i < n; i++)
		chain.writeable += pieces[i].in ? pieces[i].n : 0;
	q->chains[head] = chain;
	q->nchains++;
	q->avail[RING_START + q->avail_next++ % q->size] = head;
	return 0;
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
	heap_free(q->chains[head].table);
	q->chains[head] = (struct virtq_chain){ 0 };
}

bool virtq_has_reply(const struct virtq *q)
{
	return q->used[RING_IDX] != q->used_seen;
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
