/*
 * Page faults: every page of a program is there before it starts, so a fault is a mistake.
 */
#include "kernel/fault.h"
#include "core/err.h"

int fault_resolve(uint64_t va, unsigned error_code)
{
	return -EFAULT;
}
