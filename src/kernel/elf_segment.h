/*
 * A program on its way into memory: what elf_load.c has found out, and what
 * elf_segment.c and fault.c make of it.
 *
 * The first knows the file (its headers, its size, whether it fits), the second the pages
 * (how much is read at a time, and where it lands), the third the time: now, or when they
 * are touched.
 */
#ifndef KERNEL_ELF_SEGMENT_H
#define KERNEL_ELF_SEGMENT_H

#include "kernel/elf_load.h"

struct loading {
	struct file *file;
	const char *path; /* for messages */
	struct space *space;
	uint64_t size; /* of the file, bytes */
	char *whole;   /* all of it, on the heap; NULL: it is read piece by piece */
	struct elf elf;
	uint64_t base;  /* added to every address in the file */
	size_t npages;  /* that the segments cover */
	size_t nmapped; /* pages so far, for progress */
};

/* fault.c: see to it that every page of the segment is there when the program touches it. */
MUST_CHECK int place_segment(struct loading *l, const struct elf_segment *s);

/*
 * elf_segment.c: map every page of one segment and fill it. The segments come in rising order; the
 * first page may be mapped already, because the segment before ends in it. A segment cut where
 * pages end is a segment, too.
 */
MUST_CHECK int load_segment(struct loading *l, const struct elf_segment *s);

/*
 * Map the pages of segment `s` from the address `va` on: `most` of them, or fewer if no more
 * follow each other in memory. Returns how many, at least one, and where they are; or
 * -errno, with the message printed. What `fresh` pages hold is undefined. One that is not
 * fresh is a page by itself, which the segment before has filled and this one shares.
 */
MUST_CHECK ssize_t loading_map(struct loading *l, const struct elf_segment *s, uint64_t va,
			       size_t most, char **pages, bool *fresh);

/*
 * Fill the segments of the list with the file's bytes from `offset` on; fewer bytes than
 * asked for are -EUCLEAN. The list's memory is as for file_read_at().
 */
MUST_CHECK int loading_read(struct loading *l, uint64_t offset, const struct seg *segs,
			    size_t nsegs);

#endif
