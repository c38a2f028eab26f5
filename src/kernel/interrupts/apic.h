/*
 * The interrupt controllers, as far as waiting for one device needs them: the CPU's own
 * (local APIC) and those that devices' lines lead to (I/O APICs).
 *
 * Sources: Intel SDM volume 3, chapter 10; Intel 82093AA data sheet; which line is whose,
 * QEMU's hw/i386/microvm.c.
 */
#ifndef KERNEL_INTERRUPTS_APIC_H
#define KERNEL_INTERRUPTS_APIC_H

#include "core/types.h"

/* Vectors: the device, the clock's tick, and one that the controller makes up (10.9). */
enum { VECTOR_DEVICE = 48, VECTOR_TICK = 49, VECTOR_SPURIOUS = 63 };

/*
 * Deliver the line of this virtio slot as VECTOR_DEVICE, and some twenty times a second a
 * VECTOR_TICK, so that who sleeps looks at the clock. Handlers must have been set.
 */
void apic_init(unsigned slot);

/* The interrupt that is being handled is done; to be called by its handler. */
void apic_done(void);

#endif
