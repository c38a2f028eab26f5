/* The instructions that C has no words for. */
#ifndef KERNEL_MACHINE_CPU_H
#define KERNEL_MACHINE_CPU_H

#include "core/types.h"

static inline uint8_t in8(uint16_t port)
{
	uint8_t v;
	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void out8(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

/* The time stamp counter; earlier instructions have finished. */
static inline uint64_t cpu_ticks(void)
{
	uint32_t lo, hi;
	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* Tell the CPU that this is a loop that waits. */
static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/*
 * Stop until an interrupt has been handled. `sti` takes effect after the instruction behind
 * it: one that was waiting, or comes between the two, ends the `hlt` and is not lost.
 */
static inline void cpu_sleep(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

static inline uint64_t cpu_fault_address(void)
{
	uint64_t v;
	__asm__ volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

static inline void cpu_set_page_table(uint64_t physical)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(physical) : "memory");
}

static inline void cpu_forget_page(uint64_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

#endif
