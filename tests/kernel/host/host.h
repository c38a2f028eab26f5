/*
 * The machine that the hosted kernel runs on: its disk is an array, its memory malloc's.
 *
 * The fakes are harsher than a machine. Memory comes filled with rubbish, requests are
 * carried out in the opposite order and not before blk_wait(), and only into memory that
 * came from heap_alloc() or page_alloc().
 */
#ifndef HOST_H
#define HOST_H

#include "core/types.h"

struct host {
	const void *disk;
	size_t disk_bytes;
	size_t npages;         /* of RAM */
	size_t longest_run;    /* pages that follow each other at most: memory is so fragmented */
	uint64_t fail_read;    /* this request (from 1 on) ends in an error; 0: none does */
	uint64_t fail_alloc;   /* this piece of memory cannot be had; 0: all can */
	uint64_t fail_protect; /* this page cannot be given other permissions; 0: all can */
	uint64_t touch;        /* per cent of the pages that are touched */
	uint64_t seed;         /* which those are */
	bool show;             /* print "touch <va>" for every access to the program's memory */
	bool quiet;            /* print nothing */
};
extern struct host host;

/*
 * A disk image for the disk, and from the environment: FAIL_READ, FAIL_ALLOC,
 * FAIL_PROTECT, MEMORY_MIB (256), LONGEST_RUN, TOUCH (100), SEED (1), SHOW (0). Ends the program if
 * there is no such image.
 */
void host_set_up(const char *image);

/* "name value" lines on standard output. */
void host_print_counters(void);

/* A call is made to fail: counts it ("host.failures"); true. */
bool host_failure(void);

/* Every allocation asks: is this the one that fails? */
bool host_alloc_fails(void);

#define HOST_RUBBISH 0xa5

#endif
