/*
 * Bytes from one descriptor to another.
 *
 *	copy.c		who copies which part: one after the other, or several at once
 *	ranges.c	into how many parts it is cut
 *	clone.c		the whole file at once, without its bytes: the same blocks in both
 *	copy_data.c	what of a part is there to be copied: a hole is passed over
 *	copy_range.c	how one part gets there: which of the kernel's calls, and what if it refuses
 */
#ifndef STDIO_COPY_H
#define STDIO_COPY_H

#include "core/types.h"

#define TO_THE_END UINT64_MAX

/* An offset that says: wherever the descriptor stands. */
#define AT_POSITION ((int64_t)-1)

struct copy_job {
	int in;
	int out;
	int64_t in_at;  /* of the first byte, or AT_POSITION */
	int64_t out_at; /* of the first byte, or AT_POSITION */
	uint64_t n;     /* how many, or TO_THE_END */
	uint64_t size;  /* how many there probably are: for progress, and to divide; 0: unknown */
	bool whole;     /* all of a regular file to an empty one */
	bool sparse;    /* and some of it is holes, which stay holes */
	int (*progress)(void *context, uint64_t done, uint64_t total); /* may be NULL */
	void *context;
	uint64_t done; /* bytes copied so far; also right after an error. Add with copy_did() */
};

/* Do the job. Fewer than job->n bytes only at the end of `in`. 0 or -errno; job->done counts. */
MUST_CHECK int copy_do(struct copy_job *job);

/*
 * All of a job that is `whole`, by sharing blocks. 0, and the job is done; any error: nothing has
 * happened, copy the bytes.
 */
MUST_CHECK int copy_clone(struct copy_job *job);

/* Into how many parts it is cut that may run at once, if both ends have offsets; 1 to MAX_WORKERS.
 */
size_t copy_ranges(uint64_t size);

/*
 * One part of it: `n` bytes (or TO_THE_END) from `skip` bytes after the job's begin on; with
 * AT_POSITION, `skip` is what was done so far. Several parts of a job may run at once, with
 * different `skip`. Returns how many bytes there were.
 */
MUST_CHECK int64_t copy_range(struct copy_job *job, uint64_t skip, uint64_t n);

/* The same; of a sparse file only what is no hole. Holes count as done. */
MUST_CHECK int64_t copy_data(struct copy_job *job, uint64_t skip, uint64_t n);

/* The same as copy_range() by read and write, at most `unit` bytes at a time: what no file refuses.
 */
MUST_CHECK int64_t copy_by_hand(struct copy_job *job, uint64_t skip, uint64_t n, size_t unit);

/* These were copied just now: counts, tells progress, and returns its answer. */
MUST_CHECK int copy_did(struct copy_job *job, uint64_t n);

#endif
