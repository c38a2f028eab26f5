/*
 * Page faults: does this address belong to something that can still be loaded?
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include "core/types.h"

/* The CPU's error code. Source: Intel SDM volume 3, 4.7. */
enum { FAULT_PRESENT = 1, FAULT_WRITE = 2, FAULT_USER = 4, FAULT_RESERVED = 8, FAULT_FETCH = 16 };

/*
 * Called for every page fault. 0: the page is there now, try again.
 * -EFAULT: nothing belongs there, the fault is an error.
 */
MUST_CHECK int fault_resolve(uint64_t va, unsigned error_code);

#endif
