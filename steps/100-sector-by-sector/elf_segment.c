/*
 * Segments to pages, one at a time.
 *
 * Cost: a page is zeroed before it is filled, and each that has file bytes takes a read of
 * its own, straight into the page.
 */
#include "kernel/elf_segment.h"
#include "kernel/complain.h"
#include "kernel/page.h"
#include "kernel/progress.h"

static int map_new_page(struct loading *l, uint64_t va, unsigned prot, char **out)
{
	char *page = page_alloc(1);
	int err;

	if (!page)
		return complain(-ENOMEM, "%s: no page for address 0x%llx", l->path,
				(unsigned long long)va);
	zero_bytes(page, PAGE_SIZE);
	err = space_map(l->space, va, page, prot);
	if (err) {
		page_free(page, 1);
		return complain(err, "%s: address 0x%llx cannot be mapped", l->path,
				(unsigned long long)va);
	}
	progress("loading", l->nmapped++, l->npages);
	*out = page;
	return 0;
}

/* The segment's share of the page at `va`. */
static int load_page(struct loading *l, const struct elf_segment *s, uint64_t va)
{
	uint64_t start = l->base + s->vaddr;
	uint64_t from = max_u64(va, start);
	uint64_t to = min_u64(va + PAGE_SIZE, start + s->filesz);
	unsigned prot;
	char *page = space_find(l->space, va, &prot);
	struct seg into;
	int err;

	if (page) /* the segment before this one ends here */
		err = space_protect(l->space, va, prot | s->prot);
	else
		err = map_new_page(l, va, s->prot, &page);
	if (err || from >= to)
		return err;
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
