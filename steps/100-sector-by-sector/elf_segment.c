/*
 * Segments to pages, one at a time.
 *
 * Cost: a page is zeroed before it is filled, and each that has file bytes takes a read of
 * its own, straight into the page.
 */
#include "kernel/elf_segment.h"
#include "kernel/page.h"

/* The segment's share of the page at `va`. */
static int load_page(struct loading *l, const struct elf_segment *s, uint64_t va)
{
	uint64_t start = l->base + s->vaddr;
	uint64_t from = max_u64(va, start);
	uint64_t to = min_u64(va + PAGE_SIZE, start + s->filesz);
	struct seg into;
	char *page;
	bool fresh;
	ssize_t n = loading_map(l, s, va, 1, &page, &fresh);

	if (n < 0)
		return (int)n;
	if (fresh)
		zero_bytes(page, PAGE_SIZE);
	if (from >= to)
		return 0;
	into = (struct seg){ page + (from - va), to - from };
	return loading_read(l, s->offset + (from - start), &into, 1);
}

int load_segment(struct loading *l, const struct elf_segment *s)
{
	uint64_t end = l->base + s->vaddr + s->memsz;
	int err = 0;

	for (uint64_t va = round_down(l->base + s->vaddr, PAGE_SIZE); va < end && !err;
	     va += PAGE_SIZE)
		err = load_page(l, s, va);
	return err;
}
