/*
 * The loader: the segments of an ELF file into the pages of an address space, all at once or,
 * from the step on that says so, when they are touched. See program.h for who calls it.
 *
 * Every page that a segment touches is mapped at its own address with the segment's
 * permissions. File bytes where the file has them; zero everywhere else in the page:
 * before the first byte, after the last, and all of bss.
 * Counter: "elf.read_at", one for each file_read_at().
 */
#ifndef KERNEL_ELF_LOAD_H
#define KERNEL_ELF_LOAD_H

#include "kernel/program.h"

/*
 * Where a position-independent program is put, as Linux does without randomization: here, or
 * below, where its largest alignment (p_align) says so.
 */
#define ELF_PIE_BASE ((uint64_t)0x555555554000)

/*
 * `file`, `path` and `space` stay the caller's and must outlive the program. On an error the
 * space holds some of the pages and is good for space_close() only.
 * -ENOEXEC and -EINVAL: not a program that we can load (says what is wrong, and where);
 * -ENOMEM: it does not fit (says how much it needs, and how much there is);
 * -EUCLEAN: the file ends in the middle of a segment; the file system's errors.
 */
MUST_CHECK int elf_load(struct file *file, const char *path, struct space *space,
			struct program *out);

#endif
