/*
 * Segments to pages. A file up to file_whole_limit is read in one piece and copied out of
 * it; a larger one is read page by page, straight into the pages.
 *
 * Cost, page by page: a file_read_at() for each page that has file bytes, and a page is
 * zeroed before it is filled. In one piece: twice the memory, and every byte copied once
 * more.
 */
#include "kernel/elf_load.h"
#include "core/count.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/page.h"
#include "kernel/progress.h"

COUNTER(read_ats, "elf.read_at");

/* One program on its way into memory. */
struct loading {
	struct file *file;
	const char *path;
	struct space *space;
	uint64_t size; /* of the file, bytes */
	char *whole;   /* all of it, on the heap; NULL: it is read page by page */
	struct elf elf;
	uint64_t base;
	size_t npages; /* that the segments cover */
	size_t nmapped;
};

/* `n` bytes of the file; fewer are an error. */
static int read_exactly(struct loading *l, uint64_t offset, void *dst, size_t n)
{
	struct seg into = { dst, n };
	ssize_t got;

	if (l->whole) { /* the parser has seen to it that the file has them */
		copy_bytes(dst, l->whole + offset, n);
		return 0;
	}
	count(&read_ats, 1);
	got = file_read_at(l->file, offset, &into, 1);
	if (got < 0)
		return (int)got;
	if ((size_t)got < n)
		return complain(-EUCLEAN, "%s: the file ends at byte %llu, before a segment does",
				l->path, (unsigned long long)(offset + got));
	return 0;
}

static int malformed(const struct loading *l, int err, const struct where *where)
{
	return complain(err, "%s: at byte %zu: %s", l->path, where->pos, where->what);
}

/* `bytes` has room for the largest table of program headers. */
static int read_headers_into(struct loading *l, uint8_t *bytes)
{
	size_t n = min_u64(ELF_HEADER_SIZE, l->size);
	struct where where;
	int err = read_exactly(l, 0, bytes, n);

	if (err)
		return err;
	err = elf_parse_header(bytes, n, l->size, &l->elf, &where);
	if (err)
		return malformed(l, err, &where);
	n = l->elf.nphdrs * ELF_PHENT_SIZE;
	err = read_exactly(l, l->elf.phoff, bytes, n);
	if (err)
		return err;
	err = elf_parse_segments(bytes, n, l->size, &l->elf, &where);
	return err ? malformed(l, err, &where) : 0;
}

static int read_headers(struct loading *l)
{
	uint8_t *bytes = heap_alloc(ELF_MAX_PHDRS * ELF_PHENT_SIZE);
	int err;

	if (!bytes)
		return complain(-ENOMEM, "%s: no memory for its headers", l->path);
	err = read_headers_into(l, bytes);
	heap_free(bytes);
	return err;
}

/* How large the file is, and all of it if it is small. */
static int read_whole(struct loading *l)
{
	void *bytes;
	size_t n;
	int err = file_size(l->file, &l->size);

	if (err || l->size > file_whole_limit)
		return err;
	err = file_read_whole(l->file, &bytes, &n);
	if (err)
		return err;
	l->whole = bytes;
	l->size = n;
	return 0;
}

/* Two segments may meet in a page, which counts once. */
static size_t count_pages(const struct loading *l)
{
	uint64_t next = 0; /* the first page that has not been counted */
	size_t n = 0;

	for (size_t i = 0; i < l->elf.nsegments; i++) {
		uint64_t start = l->base + l->elf.segments[i].vaddr;
		uint64_t end = round_up(start + l->elf.segments[i].memsz, PAGE_SIZE);

		n += (end - max_u64(next, round_down(start, PAGE_SIZE))) / PAGE_SIZE;
		next = end;
	}
	return n;
}

static int find_room(struct loading *l)
{
	const struct elf_segment *last = &l->elf.segments[l->elf.nsegments - 1];
	size_t nfree = page_nfree();

	l->base = l->elf.position_independent ? ELF_PIE_BASE : 0;
	if (!fits(l->base, last->vaddr + last->memsz, USER_END))
		return complain(-EINVAL, "%s: too high to begin at 0x%llx", l->path,
				(unsigned long long)l->base);
	l->npages = count_pages(l);
	if (l->npages > nfree)
		return complain(-ENOMEM, "%s: needs %llu MiB of memory, %llu MiB are free", l->path,
				(unsigned long long)div_round_up(l->npages * PAGE_SIZE, MIB),
				(unsigned long long)(nfree * PAGE_SIZE / MIB));
	return 0;
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

/* The segment's share of the page at `va`. */
static int load_page(struct loading *l, const struct elf_segment *s, uint64_t va)
{
	uint64_t start = l->base + s->vaddr;
	uint64_t from = max_u64(va, start);
	uint64_t to = min_u64(va + PAGE_SIZE, start + s->filesz);
	unsigned prot;
	char *page = space_find(l->space, va, &prot);
	int err;

	if (page) /* the segment before this one ends here */
		err = space_protect(l->space, va, prot | s->prot);
	else
		err = map_new_page(l, va, s->prot, &page);
	if (err || from >= to)
		return err;
	return read_exactly(l, s->offset + (from - start), page + (from - va), to - from);
}

static int load_segment(struct loading *l, const struct elf_segment *s)
{
	uint64_t end = l->base + s->vaddr + s->memsz;
	int err = 0;

	for (uint64_t va = round_down(l->base + s->vaddr, PAGE_SIZE); va < end && !err;
	     va += PAGE_SIZE)
		err = load_page(l, s, va);
	return err;
}

int elf_load(struct file *file, const char *path, struct space *space, struct program *out)
{
	struct loading l = { .file = file, .path = path, .space = space };
	int err = read_whole(&l);

	if (!err)
		err = read_headers(&l);
	if (!err)
		err = find_room(&l);
	for (size_t i = 0; i < l.elf.nsegments && !err; i++)
		err = load_segment(&l, &l.elf.segments[i]);
	heap_free(l.whole);
	if (!err)
		*out = (struct program){
			.entry = l.base + l.elf.entry,
			.base = l.base,
			.npages = l.npages,
		};
	return err;
}
