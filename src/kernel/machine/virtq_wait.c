/*
 * Waiting for the device by looking at the used ring until something stands there.
 *
 * Cost: the CPU does nothing else meanwhile. In exchange nothing has to wake it up.
 */
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/virtio.h"

__attribute__((weak)) void virtq_idle(struct virtq *q)
{
}

int virtq_wait(struct virtq *q, uint64_t timeout_ns, void **token, uint32_t *written)
{
	uint64_t deadline = clock_ns() + timeout_ns;
	int n;

	while ((n = virtq_poll(q, token, written)) == 0) {
		if (clock_ns() > deadline)
			return complain(-ETIMEDOUT, "virtio slot %u: no reply in %llu ms",
					q->dev->slot, (unsigned long long)timeout_ns / 1000000);
		virtq_idle(q);
	}
	return n < 0 ? n : 0;
}
