/*
 * Segments to pages, all of a segment's pages in one read: the device writes into the
 * pages themselves.
 *
 * Only what no byte of the file will fill is zeroed: the ends of the first and last page,
 * and bss. Cost: no copy, and a list of memory with an entry for each stretch of pages that
 * follow each other physically, which is mostly one.
 */
#include "kernel/elf_segment.h"
#include "kernel/complain.h"
#include "kernel/page.h"
#include "kernel/progress.h"

enum { NSEGS = 64 };

/* Memory that waits for the file's bytes from `offset` on. */
struct pending {
	struct seg segs[NSEGS];
	size_t nsegs;
	uint64_t offset;
	uint64_t nbytes;
};

static int read_pending(struct loading *l, struct pending *p)
{
	int err = p->nsegs ? loading_read(l, p->offset, p->segs, p->nsegs) : 0;

	p->offset += p->nbytes;
	p->nbytes = p->nsegs = 0;
	return err;
}

/* The file's next `n` bytes belong at `dst`. */
static int add_pending(struct loading *l, struct pending *p, char *dst, size_t n)
{
	struct seg *last = p->nsegs ? &p->segs[p->nsegs - 1] : NULL;
	int err = 0;

	if (last && (char *)last->p + last->n == dst) {
		last->n += n;
	} else {
		if (p->nsegs == NSEGS)
			err = read_pending(l, p);
		p->segs[p->nsegs++] = (struct seg){ dst, n };
	}
	p->nbytes += n;
	return err;
}

static int map_new_page(struct loading *l, uint64_t va, unsigned prot, char **out)
{
	char *page = page_alloc(1);
	int err;

	if (!page)
		return complain(-ENOMEM, "%s: no page for address 0x%llx", l->path,
				(unsigned long long)va);
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

/* The page at `va`: zero what the file does not fill, leave the rest to the next read. */
static int load_page(struct loading *l, const struct elf_segment *s, uint64_t va,
		     struct pending *pending)
{
	uint64_t start = l->base + s->vaddr;
	uint64_t from = max_u64(va, start);
	uint64_t to = max_u64(from, min_u64(va + PAGE_SIZE, start + s->filesz));
	unsigned prot;
	char *page = space_find(l->space, va, &prot);
	int err;

	if (page) { /* the segment before this one ends here, and has zeroed what it left */
		err = space_protect(l->space, va, prot | s->prot);
	} else {
		err = map_new_page(l, va, s->prot, &page);
		if (err)
			return err;
		zero_bytes(page, from - va);
		zero_bytes(page + (to - va), va + PAGE_SIZE - to);
	}
	if (!err && from < to)
		err = add_pending(l, pending, page + (from - va), to - from);
	return err;
}

int load_segment(struct loading *l, const struct elf_segment *s)
{
	uint64_t end = l->base + s->vaddr + s->memsz;
	struct pending pending = { .offset = s->offset };
	int err = 0;

	for (uint64_t va = round_down(l->base + s->vaddr, PAGE_SIZE); va < end && !err;
	     va += PAGE_SIZE)
		err = load_page(l, s, va, &pending);
	return err ? err : read_pending(l, &pending);
}
