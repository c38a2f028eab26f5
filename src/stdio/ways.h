/*
 * The ways there are, beside the buffer; each in the file of its name. One that is not there
 * refuses when it is opened.
 *
 *	map_way		map.c		the file is mapped; bytes are shown where they are
 *	prefetch_way	prefetch.c	read into memory when it is opened; counts against cache.h
 *	packed_way	packed.c	the same, compressed: where prefetch_way had no room
 *	decode_way	decode.c	LZ4 and Zstandard frames; opened before all others,
 *					which are not asked when it does not refuse
 */
#ifndef STDIO_WAYS_H
#define STDIO_WAYS_H

#include "core/err.h"
#include "stdio/fill.h"

extern const struct way map_way;
extern const struct way prefetch_way;
extern const struct way packed_way;
extern const struct way decode_way;

/*
 * Open prefetch_way over memory that already has the whole file (from malloc(); `n` bytes): what
 * load.c has read by its own means. On success it belongs to the hold, and stays until that is
 * closed: there may be no descriptor to read it from again. -ENOMEM.
 */
MUST_CHECK int prefetch_adopt(struct hold *h, char *memory, size_t n);

/* A frame could not be read: what stage_damage() says in this thread from now on. */
void damage_say(const struct where *where);

#endif
