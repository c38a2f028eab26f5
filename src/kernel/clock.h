/*
 * Time: the CPU's time stamp counter, its rate derived from the PIT's 1.193182 MHz.
 *
 * Assumes a counter that runs at one rate and never stops, which every x86-64
 * CPU of the last fifteen years and QEMU have.
 */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include "core/types.h"

/*
 * Measure the rate; takes about 30 ms. -ENODEV: no PIT that counts; -ETIMEDOUT: no two
 * measurements agree, because the host keeps taking the CPU away. Neither is printed.
 */
MUST_CHECK int clock_init(void);

/* Nanoseconds since clock_init(). */
uint64_t clock_ns(void);

/* Ticks of the time stamp counter in a second, as measured. */
uint64_t clock_hz(void);

#endif
