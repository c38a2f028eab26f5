/*
 * From the loader's hands to C: 32-bit protected mode without paging becomes 64-bit mode
 * in the upper half.
 *
 * Source: Xen's PVH boot ABI. ebx holds the physical address of the start info; the
 * loader finds the entry in an ELF note of type 18 with the name "Xen".
 */
#include "kernel/machine/machine.h"

#define PHYSICAL(symbol) ((symbol) - KERNEL_BASE)

#define PTE_PRESENT   0x1
#define PTE_WRITE     0x2
#define PTE_UNCACHED  0x18
#define PTE_LARGE     0x80

#define CR0_PROTECT   0x1
#define CR0_WRITE_PROTECT 0x10000
#define CR0_PAGING    0x80000000
#define CR4_PAE       0x20
#define MSR_EFER      0xc0000080
#define EFER_LONG_NX  0x900

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 4, 18
	.asciz "Xen"
	.long PHYSICAL(pvh_entry)

	.text
	.code32
	.globl pvh_entry
pvh_entry:
	cld
	mov %ebx, %edi			/* kernel_main's argument, untouched from here on */
	mov $CR4_PAE, %eax
	mov %eax, %cr4
	mov $PHYSICAL(boot_pml4), %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	mov $EFER_LONG_NX, %eax
	xor %edx, %edx
	wrmsr
	mov $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_PROTECT), %eax
	mov %eax, %cr0
	lgdt PHYSICAL(gdt_pointer)
	ljmp $SEL_CODE, $PHYSICAL(long_mode)

	.code64
long_mode:
	movabs $upper_half, %rax
	jmp *%rax
upper_half:
	lgdt gdt_pointer_upper
	mov $SEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	mov $stack_top, %rsp
	xor %ebp, %ebp
	mov %edi, %edi			/* the upper half of rdi is undefined after 32-bit mode */
	call kernel_main

	.section .rodata
	.balign 8
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad PHYSICAL(gdt)
gdt_pointer_upper:
	.word gdt_end - gdt - 1
	.quad gdt

	.data
	.globl gdt_tss
	.balign 8
gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* SEL_CODE: 64-bit */
	.quad 0x00cf93000000ffff	/* SEL_DATA */
gdt_tss:
	.quad 0, 0			/* SEL_TSS: trap.c fills it in */
gdt_end:

/* The first 4 GiB in pages of 2 MiB: at 0 until map_init(), at DIRECT_MAP, and its first GiB at KERNEL_BASE. */
	.globl boot_pml4
	.balign 4096
boot_pml4:
	.quad PHYSICAL(direct_pdpt) + (PTE_PRESENT | PTE_WRITE)
	.fill 255, 8, 0
	.quad PHYSICAL(direct_pdpt) + (PTE_PRESENT | PTE_WRITE)
	.fill 254, 8, 0
	.quad PHYSICAL(kernel_pdpt) + (PTE_PRESENT | PTE_WRITE)
direct_pdpt:
	.quad PHYSICAL(direct_pd) + 0x0000 + (PTE_PRESENT | PTE_WRITE)
	.quad PHYSICAL(direct_pd) + 0x1000 + (PTE_PRESENT | PTE_WRITE)
	.quad PHYSICAL(direct_pd) + 0x2000 + (PTE_PRESENT | PTE_WRITE)
	.quad PHYSICAL(direct_pd) + 0x3000 + (PTE_PRESENT | PTE_WRITE)
	.fill 508, 8, 0
kernel_pdpt:
	.fill 510, 8, 0
	.quad PHYSICAL(direct_pd) + (PTE_PRESENT | PTE_WRITE)
	.quad 0
direct_pd:
	.set address, 0
	.rept 1536			/* RAM: below 3 GiB */
	.quad address + (PTE_LARGE | PTE_PRESENT | PTE_WRITE)
	.set address, address + 0x200000
	.endr
	.rept 512			/* device registers, and RAM if there is any: 3 to 4 GiB */
	.quad address + (PTE_LARGE | PTE_UNCACHED | PTE_PRESENT | PTE_WRITE)
	.set address, address + 0x200000
	.endr
	.section .note.GNU-stack, "", @progbits
