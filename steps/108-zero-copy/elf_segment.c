/*
 * Segments to pages, a run of pages at a time: the device writes into the pages themselves.
 *
 * Only what no byte of the file will fill is zeroed: the ends of the first and last page,
 * and bss. Cost: no copy and no buffer. Pages mostly follow each other in memory, so a segment
 * is mostly one run, and one read.
 */
#include "kernel/elf_segment.h"
#include "kernel/page.h"

/* The segment's share of one run of pages, which begins at `va` and is moved behind it. */
static int load_run(struct loading *l, const struct elf_segment *s, uint64_t *va, uint64_t end)
{
	uint64_t start = l->base + s->vaddr, from = max_u64(*va, start), first = *va, to;
	struct seg into;
	char *pages;
	bool fresh;
	ssize_t n = loading_map(l, s, first, div_round_up(end - first, PAGE_SIZE), &pages, &fresh);

	if (n < 0)
		return (int)n;
	*va += (uint64_t)n * PAGE_SIZE;
	to = max_u64(from, min_u64(*va, start + s->filesz));
	if (fresh) {
		zero_bytes(pages, from - first);
		zero_bytes(pages + (to - first), *va - to);
	}
	into = (struct seg){ pages + (from - first), to - from };
	return from < to ? loading_read(l, s->offset + (from - start), &into, 1) : 0;
}

int load_segment(struct loading *l, const struct elf_segment *s)
{
	uint64_t va = round_down(l->base + s->vaddr, PAGE_SIZE),
		 end = l->base + s->vaddr + s->memsz;
	int err = 0;

	while (va < end && !err)
		err = load_run(l, s, &va, end);
	return err;
}
