/*
 * Page faults: a page is loaded when the program first touches it, and its neighbours with it.
 *
 * Loading a program takes its headers. Cost: for each window that is touched an exception,
 * and a read of the file for each segment in it, which is waited for.
 */
#include "kernel/fault.h"
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/elf_segment.h"
#include "kernel/page.h"

COUNTER(faults, "page.faults");

/* Bytes, aligned to as many. A window is loaded whole or not at all. */
#define WINDOW (64 * KIB)

int place_segment(struct loading *l, const struct elf_segment *s)
{
	return 0;
}

/* What the program may do with the page at `va`; what any of its segments may. 0: it has none. */
static unsigned prot_of(const struct program *p, uint64_t va)
{
	uint64_t page = round_down(va, PAGE_SIZE);
	unsigned prot = 0;

	for (const struct elf_segment *s = p->segments; s < p->segments + p->nsegments; s++)
		if (s->vaddr < page + PAGE_SIZE && s->vaddr + s->memsz > page)
			prot |= PROT_R | s->prot;
	return prot;
}

static int check(const struct program *p, uint64_t va, unsigned code)
{
	unsigned prot = prot_of(p, va);
	unsigned wanted = code & FAULT_WRITE ? PROT_W : code & FAULT_FETCH ? PROT_X : PROT_R;

	if (!prot)
		return complain(-EFAULT, "%s: 0x%llx: in none of its segments", p->path,
				(unsigned long long)va);
	if (!(prot & wanted) || code & FAULT_PRESENT)
		return complain(-EFAULT, "%s: 0x%llx: not to be %s", p->path,
				(unsigned long long)va,
				wanted == PROT_W   ? "written to"
				: wanted == PROT_X ? "executed"
						   : "read");
	return 0;
}

/* The part of a segment that lies in a window; false: none does. */
static bool cut(const struct elf_segment *s, uint64_t window, struct elf_segment *out)
{
	uint64_t from = max_u64(s->vaddr, window);
	uint64_t to = min_u64(s->vaddr + s->memsz, window + WINDOW);
	uint64_t skipped = min_u64(from - s->vaddr, s->filesz);

	if (from >= to)
		return false;
	*out = (struct elf_segment){
		.vaddr = from,
		.offset = s->offset + skipped,
		.filesz = min_u64(s->filesz - skipped, to - from),
		.memsz = to - from,
		.prot = s->prot,
	};
	return true;
}

int fault_resolve(struct program *p, uint64_t va, unsigned error_code)
{
	struct loading l = {
		.file = p->file,
		.path = p->path,
		.space = p->space,
		.npages = p->npages,
	};
	int err = check(p, va, error_code);

	count(&faults, 1);
	for (size_t i = 0; i < p->nsegments && !err; i++) {
		struct elf_segment piece;

		if (cut(&p->segments[i], round_down(va, WINDOW), &piece))
			err = load_segment(&l, &piece);
	}
	return err;
}
