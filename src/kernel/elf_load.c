/*
 * A program's file: is it one, does it fit, and its segments one after the other.
 *
 * A small file is read in one piece, and the segments are copied out of it: twice the
 * memory, and every byte copied once more. Of a large one, or one that leaves no room for
 * its pages, elf_segment.c decides how much is read at a time, and fault.c when.
 */
#include "kernel/elf_segment.h"
#include "core/count.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/page.h"

COUNTER(read_ats, "elf.read_at");

/* Bytes that come and go: elf_segment.c's buffer, the path and a block while they are read. */
#define ON_THE_WAY (384 * KIB)

/* From memory: the parser has seen to it that the file has these bytes. */
static void copy_out(const char *bytes, const struct seg *segs, size_t nsegs)
{
	for (size_t i = 0; i < nsegs; bytes += segs[i++].n)
		copy_bytes(segs[i].p, bytes, segs[i].n);
}

int loading_read(struct loading *l, uint64_t offset, const struct seg *segs, size_t nsegs)
{
	size_t wanted = 0;
	ssize_t got;

	if (l->whole) {
		copy_out(l->whole + offset, segs, nsegs);
		return 0;
	}
	count(&read_ats, 1);
	got = file_read_at(l->file, offset, segs, nsegs);
	if (got < 0)
		return (int)got;
	for (size_t i = 0; i < nsegs; i++)
		wanted += segs[i].n;
	if ((size_t)got < wanted)
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
	struct seg head = { bytes, min_u64(ELF_HEADER_SIZE, l->size) }, table = { bytes, 0 };
	struct where where;
	int err = loading_read(l, 0, &head, 1);

	if (err)
		return err;
	err = elf_parse_header(bytes, head.n, l->size, &l->elf, &where);
	if (err)
		return malformed(l, err, &where);
	table.n = l->elf.nphdrs * ELF_PHENT_SIZE;
	err = loading_read(l, l->elf.phoff, &table, 1);
	if (err)
		return err;
	err = elf_parse_segments(bytes, table.n, l->size, &l->elf, &where);
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

/* How large the file is, and all of it unless that is too large for one piece. */
static int read_whole(struct loading *l)
{
	void *bytes;
	size_t n;
	int err = file_size(l->file, &l->size);

	if (!err)
		err = file_read_whole(l->file, &bytes, &n);
	if (err == -EFBIG)
		return 0;
	if (err)
		return err;
	l->whole = bytes;
	l->size = n;
	return 0;
}

static void forget_whole(struct loading *l)
{
	heap_free(l->whole);
	l->whole = NULL;
}

/* Units of so many bytes that the segments touch. Two may meet in one, which counts once. */
static size_t count_units(const struct loading *l, uint64_t size)
{
	uint64_t next = 0; /* the first unit that has not been counted */
	size_t n = 0;

	for (size_t i = 0; i < l->elf.nsegments; i++) {
		uint64_t start = l->base + l->elf.segments[i].vaddr;
		uint64_t end = round_up(start + l->elf.segments[i].memsz, size);

		n += (end - max_u64(next, round_down(start, size))) / size;
		next = end;
	}
	return n;
}

/* All that a load takes but for the file in one piece, so that it does not fail half-way. */
static size_t pages_needed(const struct loading *l)
{
	size_t npages = l->npages + ON_THE_WAY / PAGE_SIZE;

	for (uint64_t covered = SPACE_TABLE_BYTES; covered < USER_END;
	     covered *= SPACE_TABLE_ENTRIES)
		npages += count_units(l, covered);
	return npages;
}

static const struct elf_segment *largest(const struct elf *elf)
{
	const struct elf_segment *found = &elf->segments[0];

	for (size_t i = 1; i < elf->nsegments; i++)
		if (elf->segments[i].memsz > found->memsz)
			found = &elf->segments[i];
	return found;
}

static int no_room(const struct loading *l, size_t needed, size_t nfree)
{
	const struct elf_segment *s = largest(&l->elf);

	return complain(-ENOMEM,
			"%s: needs %llu MiB of memory, %llu MiB are free; its segment at 0x%llx "
			"alone has %llu MiB",
			l->path, (unsigned long long)div_round_up(needed * PAGE_SIZE, MIB),
			(unsigned long long)(nfree * PAGE_SIZE / MIB),
			(unsigned long long)(l->base + s->vaddr),
			(unsigned long long)div_round_up(s->memsz, MIB));
}

static int find_room(struct loading *l)
{
	const struct elf_segment *last = &l->elf.segments[l->elf.nsegments - 1];
	size_t nfree, needed;

	l->base = l->elf.position_independent ? round_down(ELF_PIE_BASE, l->elf.align) : 0;
	if (!fits(l->base, last->vaddr + last->memsz, USER_END))
		return complain(-EINVAL, "%s: too high to begin at 0x%llx", l->path,
				(unsigned long long)l->base);
	l->npages = count_units(l, PAGE_SIZE);
	needed = pages_needed(l);
	if (needed > page_nfree())
		forget_whole(l);
	nfree = page_nfree();
	return needed > nfree ? no_room(l, needed, nfree) : 0;
}

/* What has been loaded, or can be as long as the file is open. */
static void describe(const struct loading *l, struct program *out)
{
	*out = (struct program){
		.entry = l->base + l->elf.entry,
		.base = l->base,
		.npages = l->npages,
		.file = l->file,
		.path = l->path,
		.space = l->space,
		.nsegments = l->elf.nsegments,
	};
	for (size_t i = 0; i < out->nsegments; i++) {
		out->segments[i] = l->elf.segments[i];
		out->segments[i].vaddr += l->base;
	}
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
		err = place_segment(&l, &l.elf.segments[i]);
	forget_whole(&l);
	if (!err)
		describe(&l, out);
	return err;
}
