/*
 * Exceptions: a page fault where the kernel reads for a program is an answer, everything else
 * ends the machine with a report of what happened, where, and in whose address space.
 *
 * Sources: Intel SDM volume 3, chapter 6 (interrupts), 7.7 (the 64-bit TSS).
 */
#include "core/bytes.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/fault.h"
#include "kernel/machine/cpu.h"
#include "kernel/machine/machine.h"
#include "kernel/map.h"

/* As trap.S pushes it. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

struct PACKED gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "an interrupt gate");

struct PACKED tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
};
_Static_assert(sizeof(struct tss) == 104, "the 64-bit TSS");

enum {
	DOUBLE_FAULT = 8,
	PAGE_FAULT = 14,
	NVECTORS = 32,
	NGATES = 64,
	GATE_INTERRUPT = 0x8e,
	TSS_AVAILABLE = 0x89
};

extern const uint64_t trap_entries[NVECTORS];
extern const char user_load_end[];
extern uint64_t gdt_tss[2];
void trap(struct trap_frame *f);

static struct gate idt[NGATES];
static struct tss tss;
/* A page or double fault is often a stack overflow: it gets a stack of its own. */
static _Alignas(16) uint8_t spare_stack[16384];

static const char *const names[NVECTORS] = {
	[0] = "divide error",
	[1] = "debug",
	[2] = "non-maskable interrupt",
	[3] = "breakpoint",
	[4] = "overflow",
	[5] = "bound range exceeded",
	[6] = "invalid opcode",
	[7] = "device not available (an SSE or x87 instruction in the kernel?)",
	[8] = "double fault",
	[10] = "invalid TSS",
	[11] = "segment not present",
	[12] = "stack-segment fault",
	[13] = "general protection fault",
	[14] = "page fault",
	[16] = "x87 error",
	[17] = "alignment check",
	[18] = "machine check",
	[19] = "SIMD error",
};

static void load_tss(void)
{
	uint64_t base = (uint64_t)&tss;

	tss.ist[0] = (uint64_t)(spare_stack + sizeof(spare_stack));
	tss.io_map = sizeof(tss);
	gdt_tss[0] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 |
		     (base >> 24 & 0xff) << 56;
	gdt_tss[1] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

static void set_gate(unsigned vector, uint64_t entry, uint8_t stack)
{
	idt[vector] = (struct gate){
		.offset_low = (uint16_t)entry,
		.offset_mid = (uint16_t)(entry >> 16),
		.offset_high = (uint32_t)(entry >> 32),
		.selector = SEL_CODE,
		.ist = stack,
		.type = GATE_INTERRUPT,
	};
}

void trap_set_interrupt(unsigned vector, void (*entry)(struct interrupt_frame *))
{
	BUG_ON(vector < NVECTORS || vector >= NGATES);
	set_gate(vector, (uint64_t)entry, 0);
}

void trap_init(void)
{
	struct PACKED {
		uint16_t limit;
		uint64_t base;
	} pointer = { sizeof(idt) - 1, (uint64_t)idt };

	load_tss();
	for (unsigned i = 0; i < NVECTORS; i++)
		set_gate(i, trap_entries[i], i == DOUBLE_FAULT || i == PAGE_FAULT);
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

/* What lies at this address, in words. */
static const char *region_of(uint64_t va)
{
	uint64_t guard = (uint64_t)stack_guard;

	if (va < 4096)
		return "a null pointer";
	if (va < USER_END)
		return "the program's half; nothing is mapped there";
	if (va >= guard && va < guard + 4096)
		return "the hole below the kernel's stack: it has overflowed";
	if (va >= (uint64_t)kernel_text && va < (uint64_t)kernel_rodata_end)
		return "the kernel's code or constants, which are read-only";
	if (va >= (uint64_t)kernel_rodata_end && va < (uint64_t)kernel_end)
		return "the kernel's data, which is not executable";
	if (va >= DIRECT_MAP && va < DIRECT_MAP + PHYSICAL_END)
		return "the direct map of RAM";
	return "nothing";
}

static void report_page_fault(const struct trap_frame *f, uint64_t va)
{
	print("  %s of 0x%llx: %s%s\n",
	      f->error_code & FAULT_FETCH   ? "execution"
	      : f->error_code & FAULT_WRITE ? "write"
					    : "read",
	      (unsigned long long)va, region_of(va),
	      f->error_code & FAULT_PRESENT ? " (present, not permitted)" : "");
}

static void report(const struct trap_frame *f)
{
	unsigned long long r[] = { f->rax, f->rbx, f->rcx, f->rdx, f->rsi, f->rdi, f->rbp, f->rsp,
				   f->r8,  f->r9,  f->r10, f->r11, f->r12, f->r13, f->r14, f->r15 };
	static const char *const reg[] = { "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
					   "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15" };

	print("panic: exception %llu, %s, error code 0x%llx, at rip 0x%llx\n",
	      (unsigned long long)f->vector, names[f->vector] ? names[f->vector] : "reserved",
	      (unsigned long long)f->error_code, (unsigned long long)f->rip);
	if (f->vector == PAGE_FAULT)
		report_page_fault(f, cpu_fault_address());
	for (unsigned i = 0; i < ARRAY_LEN(r); i += 4)
		print("  %s %016llx  %s %016llx  %s %016llx  %s %016llx\n", reg[i], r[i],
		      reg[i + 1], r[i + 1], reg[i + 2], r[i + 2], reg[i + 3], r[i + 3]);
	print("  which line is that? addr2line -fe kernel.elf 0x%llx\n",
	      (unsigned long long)f->rip);
}

/*
 * The spare stack is short, and another page fault would begin at its top again: so nothing
 * is resolved here. user_load() returns the error code, and its caller does the work.
 */
static bool is_answer(struct trap_frame *f)
{
	if (f->vector != PAGE_FAULT || f->rip != (uint64_t)user_load)
		return false;
	f->rax = f->error_code | FAULT_USER;
	f->rip = (uint64_t)user_load_end;
	return true;
}

void trap(struct trap_frame *f)
{
	if (is_answer(f))
		return;
	report(f);
	machine_exit(EXIT_PANIC);
}

void bug_at(const char *file, int line, const char *what)
{
	print("panic: %s:%d: broken invariant: %s\n", file, line, what);
	machine_exit(EXIT_PANIC);
}
