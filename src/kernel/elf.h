/*
 * ELF64 for x86-64: is this a program, and which bytes of it go where?
 *
 * A pure parser: bytes in, a struct or a position and a reason out. It reads
 * nothing and allocates nothing, and compiles hosted as well.
 * Source: System V ABI, gABI 4.1, chapters 4 and 5; AMD64 supplement.
 */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include "core/err.h"

#define ELF_HEADER_SIZE  64 /* bytes; Elf64_Ehdr */
#define ELF_PHENT_SIZE   56 /* bytes; Elf64_Phdr */
#define ELF_MAX_PHDRS    64
#define ELF_MAX_SEGMENTS 16

/* One PT_LOAD. Checked: filesz <= memsz, the file has the bytes, the addresses do not wrap. */
struct elf_segment {
	uint64_t vaddr;  /* as linked: before `base` is added */
	uint64_t offset; /* bytes into the file */
	uint64_t filesz; /* bytes that come from the file */
	uint64_t memsz;  /* bytes in memory; those after filesz are zero */
	unsigned prot;   /* PROT_R | PROT_W | PROT_X */
};

struct elf {
	bool position_independent; /* ET_DYN: may be loaded anywhere */
	uint64_t entry;            /* as linked */
	uint64_t phoff;            /* where the program headers are, bytes into the file */
	size_t nphdrs;
	uint64_t align;   /* of the base, that the segments ask for; a power of two */
	size_t nsegments; /* PT_LOADs, in rising order of vaddr, never overlapping */
	struct elf_segment segments[ELF_MAX_SEGMENTS];
};

/*
 * The first ELF_HEADER_SIZE bytes of a file of `file_size` bytes. Fills all but the
 * segments. -ENOEXEC: not an x86-64 ELF64 program; -EINVAL: it contradicts itself.
 */
MUST_CHECK int elf_parse_header(const void *bytes, size_t n, uint64_t file_size, struct elf *elf,
				struct where *where);

/*
 * The nphdrs * ELF_PHENT_SIZE bytes from elf->phoff on. Fills the segments. -EINVAL:
 * a segment outside the file, wrapping, overlapping, out of order, or not below
 * USER_END; no segment at all; an entry point in none. `where->pos` counts from the
 * start of the file.
 */
MUST_CHECK int elf_parse_segments(const void *bytes, size_t n, uint64_t file_size, struct elf *elf,
				  struct where *where);

#endif
