/*
 * The ELF parser: a handful of comparisons for each header, no memory, no reading.
 *
 * Nothing in the file is believed. Every sum is one that fits() has shown not to wrap,
 * so that who uses the segments need not check them again.
 */
#include "kernel/elf.h"
#include "core/bytes.h"
#include "kernel/map.h"

struct PACKED elf_header_disk {
	uint8_t e_ident[16];
	uint16_t e_type;
	uint16_t e_machine;
	uint32_t e_version;
	uint64_t e_entry;
	uint64_t e_phoff;
	uint64_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
};
_Static_assert(sizeof(struct elf_header_disk) == ELF_HEADER_SIZE, "Elf64_Ehdr");

struct PACKED elf_phdr_disk {
	uint32_t p_type;
	uint32_t p_flags;
	uint64_t p_offset;
	uint64_t p_vaddr;
	uint64_t p_paddr;
	uint64_t p_filesz;
	uint64_t p_memsz;
	uint64_t p_align;
};
_Static_assert(sizeof(struct elf_phdr_disk) == ELF_PHENT_SIZE, "Elf64_Phdr");

enum { EI_CLASS = 4, EI_DATA = 5, EI_VERSION = 6 };
enum { ELFCLASS64 = 2, ELFDATA2LSB = 1, EV_CURRENT = 1 };
enum { ET_EXEC = 2, ET_DYN = 3, EM_X86_64 = 62, PT_LOAD = 1 };

#define AT(field)    offsetof(struct elf_header_disk, field)
#define PH_AT(field) offsetof(struct elf_phdr_disk, field)

static int check_ident(const uint8_t *ident, struct where *where)
{
	if (ident[0] != 0x7f || ident[1] != 'E' || ident[2] != 'L' || ident[3] != 'F')
		return fail_at(where, -ENOEXEC, 0, "not an ELF file");
	if (ident[EI_CLASS] != ELFCLASS64)
		return fail_at(where, -ENOEXEC, EI_CLASS, "not a 64-bit ELF file");
	if (ident[EI_DATA] != ELFDATA2LSB)
		return fail_at(where, -ENOEXEC, EI_DATA, "not little-endian");
	if (ident[EI_VERSION] != EV_CURRENT)
		return fail_at(where, -ENOEXEC, EI_VERSION, "an unknown ELF version");
	return 0;
}

static int check_kind(const struct elf_header_disk *h, struct where *where)
{
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return fail_at(where, -ENOEXEC, AT(e_type),
			       "neither a program nor a shared object");
	if (h->e_machine != EM_X86_64)
		return fail_at(where, -ENOEXEC, AT(e_machine), "not for x86-64");
	if (h->e_version != EV_CURRENT)
		return fail_at(where, -ENOEXEC, AT(e_version), "an unknown ELF version");
	return 0;
}

static int check_table(const struct elf_header_disk *h, uint64_t file_size, struct where *where)
{
	if (h->e_phentsize != ELF_PHENT_SIZE)
		return fail_at(where, -EINVAL, AT(e_phentsize), "a program header is not 56 bytes");
	if (h->e_phnum == 0)
		return fail_at(where, -EINVAL, AT(e_phnum), "no program headers");
	if (h->e_phnum > ELF_MAX_PHDRS)
		return fail_at(where, -EINVAL, AT(e_phnum), "more than 64 program headers");
	if (!fits(h->e_phoff, (uint64_t)h->e_phnum * ELF_PHENT_SIZE, file_size))
		return fail_at(where, -EINVAL, AT(e_phoff),
			       "the program headers are outside the file");
	return 0;
}

int elf_parse_header(const void *bytes, size_t n, uint64_t file_size, struct elf *elf,
		     struct where *where)
{
	const struct elf_header_disk *h = bytes;
	int err;

	if (n < ELF_HEADER_SIZE || file_size < ELF_HEADER_SIZE)
		return fail_at(where, -ENOEXEC, min_u64(n, file_size),
			       "shorter than an ELF header");
	err = check_ident(h->e_ident, where);
	if (!err)
		err = check_kind(h, where);
	if (!err)
		err = check_table(h, file_size, where);
	if (err)
		return err;
	*elf = (struct elf){
		.position_independent = h->e_type == ET_DYN,
		.entry = h->e_entry,
		.phoff = h->e_phoff,
		.nphdrs = h->e_phnum,
	};
	return 0;
}

/* One PT_LOAD, which must lie behind `prev` (NULL: it is the first). `pos` is the header's. */
static int check_segment(const struct elf_phdr_disk *ph, const struct elf_segment *prev,
			 uint64_t file_size, size_t pos, struct where *where)
{
	if (ph->p_filesz > ph->p_memsz)
		return fail_at(where, -EINVAL, pos + PH_AT(p_filesz),
			       "a segment has more bytes in the file than in memory");
	if (ph->p_filesz && !fits(ph->p_offset, ph->p_filesz, file_size))
		return fail_at(where, -EINVAL, pos + PH_AT(p_offset),
			       "a segment is outside the file");
	if (!fits(ph->p_vaddr, ph->p_memsz, USER_END))
		return fail_at(where, -EINVAL, pos + PH_AT(p_vaddr),
			       "a segment goes beyond the program's half of the address space");
	if (prev && ph->p_vaddr < prev->vaddr)
		return fail_at(where, -EINVAL, pos + PH_AT(p_vaddr),
			       "the segments are not in rising order");
	if (prev && ph->p_vaddr < prev->vaddr + prev->memsz)
		return fail_at(where, -EINVAL, pos + PH_AT(p_vaddr),
			       "a segment overlaps the one before it");
	return 0;
}

static bool entry_in_a_segment(const struct elf *elf)
{
	for (size_t i = 0; i < elf->nsegments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (s->vaddr <= elf->entry && elf->entry - s->vaddr < s->memsz)
			return true;
	}
	return false;
}

int elf_parse_segments(const void *bytes, size_t n, uint64_t file_size, struct elf *elf,
		       struct where *where)
{
	const struct elf_phdr_disk *ph = bytes;
	const struct elf_segment *prev = NULL;

	if (n < elf->nphdrs * ELF_PHENT_SIZE)
		return fail_at(where, -EINVAL, elf->phoff + n, "the program headers are cut short");
	elf->nsegments = 0;
	elf->align = 1;
	for (size_t i = 0; i < elf->nphdrs; i++, ph++) {
		size_t pos = elf->phoff + i * ELF_PHENT_SIZE;
		int err;

		if (ph->p_type != PT_LOAD || (ph->p_filesz == 0 && ph->p_memsz == 0))
			continue;
		err = check_segment(ph, prev, file_size, pos, where);
		if (err)
			return err;
		if (elf->nsegments == ELF_MAX_SEGMENTS)
			return fail_at(where, -EINVAL, pos, "more than 16 segments");
		if ((ph->p_align & (ph->p_align - 1)) ==
		    0) /* else it is passed over, as by Linux */
			elf->align = max_u64(elf->align, ph->p_align);
		prev = &elf->segments[elf->nsegments];
		elf->segments[elf->nsegments++] = (struct elf_segment){
			.vaddr = ph->p_vaddr,
			.offset = ph->p_filesz ? ph->p_offset : 0, /* else it says nothing */
			.filesz = ph->p_filesz,
			.memsz = ph->p_memsz,
			.prot = ph->p_flags & (PROT_R | PROT_W | PROT_X),
		};
	}
	if (elf->nsegments == 0)
		return fail_at(where, -EINVAL, elf->phoff, "nothing to load");
	if (!entry_in_a_segment(elf))
		return fail_at(where, -EINVAL, AT(e_entry), "the entry point is in no segment");
	return 0;
}
