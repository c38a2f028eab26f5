/*
 * A program in memory, from its file to its end.
 *
 *	struct program program;
 *	int err = program_open(vfs, "/bin/bun", space, &program);
 *	…
 *	err = program_read(&program, program.entry, &byte);
 *	…
 *	program_close(&program);
 *
 * A page may still be missing when the program begins: it is loaded when it is first
 * touched, so the file stays open as long as the program lives.
 */
#ifndef KERNEL_PROGRAM_H
#define KERNEL_PROGRAM_H

#include "kernel/elf.h"
#include "kernel/file.h"
#include "kernel/map.h"

struct program {
	uint64_t entry; /* virtual address of the first instruction, base added */
	uint64_t base;  /* what was added; 0 unless position independent */
	size_t npages;  /* that the segments cover, whether they are there yet or not */
	struct file *file;
	const char *path;
	struct space *space;
	size_t nsegments;
	struct elf_segment segments[ELF_MAX_SEGMENTS]; /* base added to each vaddr */
};

/*
 * Open the file and load it. `vfs`, `path` and `space` stay the caller's and must outlive
 * the program. The errors of file_open() and elf_load(); there is nothing to close then, and
 * the space holds some of the pages and is good for space_close() only.
 */
MUST_CHECK int program_open(struct vfs *vfs, const char *path, struct space *space,
			    struct program *out);

/* Its pages are the space's, and stay. What never was opened, but is zeroed, can be closed. */
void program_close(struct program *p);

/*
 * Read a byte as the program would, which must be in the space in use: a page that is not
 * there is a page fault, and is loaded. What fault_resolve() says if it cannot be: that is the
 * end of the program (says whose, where, and at which byte of the file), and all that may
 * follow is program_close().
 */
MUST_CHECK int program_read(struct program *p, uint64_t va, uint8_t *out);

/* The address of page `i` of npages. A page in which two segments meet counts once. */
uint64_t program_page(const struct program *p, size_t i);

#endif
