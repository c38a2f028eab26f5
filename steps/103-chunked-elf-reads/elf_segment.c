/*
 * Segments to pages, by way of a buffer of 256 KiB: one read for 64 pages.
 *
 * Cost: the buffer, and a copy of every byte from it to its page.
 */
#include "kernel/elf_segment.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/page.h"
#include "kernel/progress.h"

#define CHUNK (256 * KIB) /* bytes of address space; a multiple of the page size */

/* A segment's file bytes within some range of addresses. */
struct share {
	uint64_t from, to; /* none if from >= to */
};

static struct share share_of(const struct loading *l, const struct elf_segment *s, uint64_t va,
			     uint64_t n)
{
	uint64_t start = l->base + s->vaddr;

	return (struct share){ max_u64(va, start), min_u64(va + n, start + s->filesz) };
}

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

/* The segment's share of the page at `va`; `bytes` are those of the file from `at` on. */
static int load_page(struct loading *l, const struct elf_segment *s, uint64_t va, const char *bytes,
		     uint64_t at)
{
	struct share share = share_of(l, s, va, PAGE_SIZE);
	unsigned prot;
	char *page = space_find(l->space, va, &prot);
	int err;

	if (page) /* the segment before this one ends here */
		err = space_protect(l->space, va, prot | s->prot);
	else
		err = map_new_page(l, va, s->prot, &page);
	if (!err && share.from < share.to)
		copy_bytes(page + (share.from - va), bytes + (share.from - at),
			   share.to - share.from);
	return err;
}

/* The pages from `va` on, up to a chunk of them. */
static int load_chunk(struct loading *l, const struct elf_segment *s, uint64_t va, uint64_t end,
		      char *buffer)
{
	struct share share = share_of(l, s, va, CHUNK);
	uint64_t offset = s->offset + (share.from - l->base - s->vaddr);
	struct seg into = { buffer, share.to - share.from };
	const char *bytes = buffer;
	int err = 0;

	if (l->whole)
		bytes = l->whole + offset;
	else if (share.from < share.to)
		err = loading_read(l, offset, &into, 1);
	for (uint64_t stop = min_u64(va + CHUNK, end); va < stop && !err; va += PAGE_SIZE)
		err = load_page(l, s, va, bytes, share.from);
	return err;
}

int load_segment(struct loading *l, const struct elf_segment *s)
{
	uint64_t end = l->base + s->vaddr + s->memsz;
	char *buffer = heap_alloc(CHUNK);
	int err = 0;

	if (!buffer)
		return complain(-ENOMEM, "%s: no memory for a buffer of %llu KiB", l->path,
				(unsigned long long)(CHUNK / KIB));
	for (uint64_t va = round_down(l->base + s->vaddr, PAGE_SIZE); va < end && !err; va += CHUNK)
		err = load_chunk(l, s, va, end, buffer);
	heap_free(buffer);
	return err;
}
