/*
 * Waiting for the device asleep: it interrupts when it has finished the next chain.
 *
 * Built over any step with TOP=src/kernel/interrupts, to be compared with the polling
 * that every step does.
 *
 * Cost: for each time that we have to wait, a store to ask for the interrupt and one to
 * ask for none; the interrupt, with two accesses to the device's registers and one to
 * the controller's; and that the host has to wake the CPU up. In exchange somebody
 * else could have had the CPU.
 */
#include "core/count.h"
#include "kernel/interrupts/apic.h"
#include "kernel/machine/cpu.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtio_mmio.h"
#include "kernel/virtio.h"

COUNTER(interrupts, "virtio.interrupts");
COUNTER(sleeps, "virtio.sleeps");

static struct virtio_dev *device; /* NULL: nobody has slept yet */

static __attribute__((interrupt)) void on_device(struct interrupt_frame *frame)
{
	count(&interrupts, 1);
	mmio_write(device, MMIO_INTERRUPT_ACK, mmio_read(device, MMIO_INTERRUPT_STATUS));
	apic_done();
}

static __attribute__((interrupt)) void on_tick(struct interrupt_frame *frame)
{
	apic_done();
}

/* Made up by the controller; it wants to hear nothing of it. */
static __attribute__((interrupt)) void on_spurious(struct interrupt_frame *frame)
{
}

static void set_up(struct virtio_dev *dev)
{
	device = dev;
	trap_set_interrupt(VECTOR_DEVICE, on_device);
	trap_set_interrupt(VECTOR_TICK, on_tick);
	trap_set_interrupt(VECTOR_SPURIOUS, on_spurious);
	apic_init(dev->slot);
}

/*
 * The device may finish between our look and the sleep. Interrupts are off until then, so
 * its interrupt waits and ends the sleep at once.
 */
void virtq_idle(struct virtq *q)
{
	if (!device)
		set_up(q->dev);
	virtq_want_interrupt(q, true);
	if (!virtq_has_reply(q)) {
		count(&sleeps, 1);
		cpu_sleep();
	}
	virtq_want_interrupt(q, false);
}
