/*
 * The CPU's exceptions, each with its number and an error code on the stack, into
 * trap() with a struct trap_frame; and back, if trap() returns. And the one instruction
 * of the kernel that may cause one.
 */
	.altmacro

	.macro exception number
exception_\number:
	/* The CPU pushes an error code for these only: 8, 10-14, 17, 21, 29, 30. */
	.if (0x60227d00 >> \number) & 1
	.else
	push $0
	.endif
	push $\number
	jmp save
	.endm

	.text
	.set n, 0
	.rept 32
	exception %n
	.set n, n + 1
	.endr

save:
	push %rax
	push %rbx
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %rbp
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	call trap
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rbp
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rbx
	pop %rax
	add $16, %rsp
	iretq

	/* user_load(va, out). After a page fault trap() goes on at its end, eax being the answer. */
	.globl user_load, user_load_end
user_load:
	movzbl (%rdi), %eax
	mov %al, (%rsi)
	xor %eax, %eax
user_load_end:
	ret

	.macro entry number
	.quad exception_\number
	.endm

	.section .rodata
	.balign 8
	.globl trap_entries
trap_entries:
	.set n, 0
	.rept 32
	entry %n
	.set n, n + 1
	.endr
	.section .note.GNU-stack, "", @progbits
