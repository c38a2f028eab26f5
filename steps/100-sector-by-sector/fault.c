/*
 * Page faults: every page of a program is there before it starts, so a fault is a mistake.
 */
#include "kernel/fault.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/elf_segment.h"

int place_segment(struct loading *l, const struct elf_segment *s)
{
	return load_segment(l, s);
}

int fault_resolve(struct program *p, uint64_t va, unsigned error_code)
{
	return complain(-EFAULT, "%s: 0x%llx: not there, or not to be used like that", p->path,
			(unsigned long long)va);
}
