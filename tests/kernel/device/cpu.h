/* In place of kernel/machine/cpu.h, whose instructions are the kernel's alone. */
#ifndef KERNEL_MACHINE_CPU_H
#define KERNEL_MACHINE_CPU_H

#include "core/types.h"

static inline void cpu_set_page_table(uint64_t physical)
{
}

static inline void cpu_forget_page(uint64_t va)
{
}

#endif
