/*
 * The input is an ELF file. What the parser accepts is what elf.h promises: segments that
 * can be loaded without another check.
 */
#include "core/bytes.h"
#include "kernel/complain.h"
#include "kernel/elf.h"
#include "kernel/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct elf *elf, size_t file_size)
{
	uint64_t end = 0;

	BUG_ON(elf->nsegments == 0 || elf->nsegments > ELF_MAX_SEGMENTS);
	for (size_t i = 0; i < elf->nsegments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		BUG_ON(s->memsz == 0 || s->filesz > s->memsz);
		BUG_ON(s->offset > file_size || s->filesz > file_size - s->offset);
		BUG_ON(s->vaddr < end || s->vaddr >= USER_END || s->memsz > USER_END - s->vaddr);
		BUG_ON(s->prot & ~(unsigned)(PROT_R | PROT_W | PROT_X));
		end = s->vaddr + s->memsz;
	}
	BUG_ON(elf->entry >= end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct where where = { 0, NULL };
	struct elf elf;
	int err = elf_parse_header(data, n, n, &elf, &where);

	if (!err) {
		BUG_ON(elf.phoff + elf.nphdrs * ELF_PHENT_SIZE > n);
		err = elf_parse_segments(data + elf.phoff, elf.nphdrs * ELF_PHENT_SIZE, n, &elf,
					 &where);
	}
	if (err)
		BUG_ON(!where.what || (err != -ENOEXEC && err != -EINVAL));
	else
		check(&elf, n);
	return 0;
}
