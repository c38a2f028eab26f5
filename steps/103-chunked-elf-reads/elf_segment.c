/*
 * Segments to pages, by way of a buffer of 256 KiB: one read for 64 pages.
 *
 * Cost: the buffer, and a copy of every byte from it to its page.
 */
#include "kernel/elf_segment.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/page.h"

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

/* The segment's share of the page at `va`; `bytes` are those of the file from `at` on. */
static int load_page(struct loading *l, const struct elf_segment *s, uint64_t va, const char *bytes,
		     uint64_t at)
{
	struct share share = share_of(l, s, va, PAGE_SIZE);
	char *page;
	bool fresh;
	ssize_t n = loading_map(l, s, va, 1, &page, &fresh);

	if (n < 0)
		return (int)n;
	if (fresh)
		zero_bytes(page, PAGE_SIZE);
	if (share.from < share.to)
		copy_bytes(page + (share.from - va), bytes + (share.from - at),
			   share.to - share.from);
	return 0;
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
