/*
 * The machine below the seams: where things are, how it starts and how it ends.
 *
 * Virtual addresses: the lower half is the program's; all RAM and device registers
 * below 4 GiB stand at DIRECT_MAP; the kernel itself at KERNEL_BASE, where its code is
 * read-only and its stack has a hole below it.
 */
#ifndef KERNEL_MACHINE_MACHINE_H
#define KERNEL_MACHINE_MACHINE_H

#define DIRECT_MAP   0xffff800000000000
#define KERNEL_BASE  0xffffffff80000000
#define PHYSICAL_END 0x100000000 /* RAM above 4 GiB is left alone */
#define STACK_SIZE   0x10000

/* GDT selectors */
#define SEL_CODE 0x08
#define SEL_DATA 0x10
#define SEL_TSS  0x18

#ifndef __ASSEMBLER__

#include "core/types.h"

/* From kernel.ld; only their addresses mean anything. */
extern char kernel_text[], kernel_text_end[], kernel_rodata_end[], kernel_end[];
extern char stack_guard[], stack_top[];

/* What the boot loader leaves: PVH's struct hvm_start_info. Source: Xen, start_info.h. */
struct pvh_info {
	uint32_t magic; /* PVH_MAGIC */
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist_pa;
	uint64_t cmdline_pa;
	uint64_t rsdp_pa;
	uint64_t memmap_pa; /* version 1 and later */
	uint32_t memmap_entries;
	uint32_t reserved;
};
_Static_assert(sizeof(struct pvh_info) == 56, "struct hvm_start_info");
#define PVH_MAGIC 0x336ec578

struct pvh_region {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};
#define PVH_RAM 1

/* Kernel pointer <-> physical address, for memory in the direct map or the kernel's image. */
static inline void *ptr_of(uint64_t physical)
{
	return (void *)(DIRECT_MAP + physical);
}

static inline uint64_t physical_of(const void *p)
{
	uint64_t va = (uint64_t)p;
	return va >= KERNEL_BASE ? va - KERNEL_BASE : va - DIRECT_MAP;
}

/* Take over the RAM that the map names, except what the kernel and its boot data occupy. */
void page_init(const struct pvh_region *regions, size_t n);
size_t page_ntotal(void);

/* Read-only code, no-execute data, a hole below the stack, nothing in the lower half. */
void map_init(void);

void trap_init(void);

/*
 * Who handles interrupt `vector`, 32 to 63: a function with __attribute__((interrupt)),
 * called with interrupts off. They are off everywhere but in cpu_sleep().
 */
struct interrupt_frame;
void trap_set_interrupt(unsigned vector, void (*entry)(struct interrupt_frame *));

/* Say "holding" and wait for a byte on the serial line: the host looks around meanwhile. */
void console_hold(void);

/* End the machine through QEMU's isa-debug-exit: its status is 2 * code + 1. */
enum { EXIT_OK = 16, EXIT_ERROR = 17, EXIT_PANIC = 18 };
_Noreturn void machine_exit(unsigned code);

/* The C entry: paging on, stack set, interrupts off. `pvh_info` is a physical address. */
_Noreturn void kernel_main(uint64_t pvh_info);

/* What this kernel is for; defined by its main.c. On an error the message has been printed. */
int kernel_run(const char *command_line);

#endif
#endif
