/*
 * Page faults of a program: does something belong at this address, and can it still be loaded?
 *
 * Only a program's own memory is loaded on demand. The kernel's is always there, so nothing
 * that resolves a fault can cause another; whatever else of the kernel faults is its own
 * mistake, and machine/trap.c ends the machine with a report.
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include "kernel/program.h"

/* The CPU's error code. Source: Intel SDM volume 3, 4.7. */
enum { FAULT_PRESENT = 1, FAULT_WRITE = 2, FAULT_USER = 4, FAULT_RESERVED = 8, FAULT_FETCH = 16 };

/*
 * 0: the page is there now and may be used as the error code says, try again.
 * -EFAULT: nothing belongs there, or not that (says where); -ENOMEM; the errors of reading
 * the file. After an error the program's pages are not to be looked at again.
 */
MUST_CHECK int fault_resolve(struct program *p, uint64_t va, unsigned error_code);

/*
 * Read the byte at `va` of the space in use. 0, or the error code of the page fault, with
 * FAULT_USER in it because it is the program's. The exception itself is over by then: what
 * resolves it runs on an ordinary stack, and may read a file.
 */
MUST_CHECK unsigned user_load(uint64_t va, uint8_t *out);

#endif
