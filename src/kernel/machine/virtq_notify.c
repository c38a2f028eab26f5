/*
 * Who tells whom: our notifications, the dear part of a request, for the guest leaves for
 * the host; and the device's interrupts.
 *
 * Source: virtio 1.2, 2.7.7 and 2.7.10 (who does not want to be told), 2.7.13.
 */
#include "core/count.h"
#include "kernel/machine/virtio_mmio.h"
#include "kernel/machine/virtq_ring.h"

COUNTER(kicks, "virtio.kicks");
COUNTER(kicks_saved, "virtio.kicks_saved");

enum { NEVER = 0x8000 }; /* so far ahead: at most 256 chains can finish before we say it anew */

/* Is `event` the number of an entry from `before` up to but without `now`? All wrap at 2^16. */
static bool within(uint16_t event, uint16_t before, uint16_t now)
{
	return (uint16_t)(event - before) < (uint16_t)(now - before);
}

static bool wants_kick(const struct virtq *q, uint16_t before)
{
	if (q->dev->features & VIRTIO_F_EVENT_IDX)
		return within(*avail_event(q), before, q->avail_shown);
	return !(q->used[RING_FLAGS] & USED_NO_NOTIFY);
}

static void set_wish(struct virtq *q, bool wanted)
{
	if (q->dev->features & VIRTIO_F_EVENT_IDX)
		*used_event(q) = wanted ? q->used_seen : q->used_seen + NEVER;
	else
		q->avail[RING_FLAGS] = wanted ? 0 : AVAIL_NO_INTERRUPT;
}

void virtq_kick(struct virtq *q)
{
	uint16_t before = q->avail_shown;

	set_wish(q, false);
	/* The device must see descriptors and ring entries before the index that covers them. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	q->avail[RING_IDX] = q->avail_shown = q->avail_next;
	/*
	 * And the index before we look whether it wants to be told. It says so, and then
	 * looks at the index once more: one of us sees what the other wrote.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!wants_kick(q, before)) {
		count(&kicks_saved, 1);
		return;
	}
	count(&kicks, 1);
	mmio_write(q->dev, MMIO_QUEUE_NOTIFY, 0);
}

void virtq_want_interrupt(struct virtq *q, bool wanted)
{
	set_wish(q, wanted);
	/* The wish before our next look at the ring: the device writes there, then reads it. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
