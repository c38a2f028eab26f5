/*
 * A program's file, its pages by number, and what happens when one is not there.
 */
#include "kernel/program.h"
#include "core/bytes.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/elf_load.h"
#include "kernel/fault.h"
#include "kernel/page.h"

int program_open(struct vfs *vfs, const char *path, struct space *space, struct program *out)
{
	struct file *file;
	int err = file_open(vfs, path, &file);

	if (err)
		return err;
	err = elf_load(file, path, space, out);
	if (err)
		file_close(file);
	return err;
}

void program_close(struct program *p)
{
	if (p->file)
		file_close(p->file);
}

/* Which byte of the file stands at `va`; false: none does. */
static bool file_byte(const struct program *p, uint64_t va, uint64_t *out)
{
	for (const struct elf_segment *s = p->segments; s < p->segments + p->nsegments; s++) {
		if (va < s->vaddr || va - s->vaddr >= s->filesz)
			continue;
		*out = s->offset + (va - s->vaddr);
		return true;
	}
	return false;
}

/* Whoever found the cause has reported it; who has to suffer is only known here. */
static int end_of(const struct program *p, uint64_t va, int err)
{
	uint64_t byte;

	print("%s: ended by a page fault at 0x%llx, ", p->path, (unsigned long long)va);
	if (file_byte(p, va, &byte))
		print("byte %llu of its file", (unsigned long long)byte);
	else
		print("no byte of its file");
	print(" (%s: %s)\n", err_name(err), err_text(err));
	return err;
}

int program_read(struct program *p, uint64_t va, uint8_t *out)
{
	unsigned code = user_load(va, out);
	int err;

	if (!code)
		return 0;
	err = fault_resolve(p, va, code);
	if (err)
		return end_of(p, va, err);
	BUG_ON(user_load(va, out));
	return 0;
}

uint64_t program_page(const struct program *p, size_t i)
{
	uint64_t next = 0; /* the first page that has not been counted */

	for (const struct elf_segment *s = p->segments; s < p->segments + p->nsegments; s++) {
		uint64_t first = max_u64(next, round_down(s->vaddr, PAGE_SIZE));

		next = round_up(s->vaddr + s->memsz, PAGE_SIZE);
		if (i < (next - first) / PAGE_SIZE)
			return first + i * PAGE_SIZE;
		i -= (next - first) / PAGE_SIZE;
	}
	bug("a program has no such page");
}
