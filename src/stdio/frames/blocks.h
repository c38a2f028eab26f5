/*
 * A file's bytes, held as LZ4 blocks of 64 KiB each and nothing around them; what is looked at is
 * decoded into one of a few slots, and stays there until the slot is wanted for another block.
 *
 *	err = blocks_read(fd, size, room, &b);		all of the file
 *	n = blocks_show(b, at, &p);			n bytes at p, to the end of a block
 *	if (n > 0)
 *		… blocks_hide(b, p);
 *	blocks_free(b);
 *
 * Slots and blocks are one piece of held memory; when that is dropped there is nothing to show any
 * more. Any number of threads may show and hide; one decodes at a time.
 */
#ifndef STDIO_FRAMES_BLOCKS_H
#define STDIO_FRAMES_BLOCKS_H

#include <pthread.h>
#include "core/types.h"
#include "stdio/memory.h"

#define BLOCK_SIZE  ((size_t)64 << 10)
#define BLOCK_SLOTS 4

struct blocks {
	struct memory memory; /* the slots, and behind them the packed blocks */
	size_t n;             /* plain bytes */
	pthread_mutex_t lock; /* for the slots, and to decode */
	struct slot {
		uint64_t block; /* which one it has, plus 1; 0: none */
		uint64_t used;  /* when, by `now` */
		unsigned pins;
	} slots[BLOCK_SLOTS];
	uint64_t now;
	size_t begins[]; /* in memory, of each block; the last is an end */
};

/*
 * `size` bytes of a file, or as many as come. While it is read, `room` bytes are held; then what it
 * takes. -ENOMEM: there is no such room, or it is not enough.
 */
MUST_CHECK int blocks_read(int fd, size_t size, size_t room, struct blocks **out);

/* 0: there is nothing at `at`, or it was dropped, or all slots are looked at. */
MUST_CHECK ssize_t blocks_show(struct blocks *b, uint64_t at, const char **p);
void blocks_hide(struct blocks *b, const char *p);

/* Nobody looks at it any more. */
void blocks_free(struct blocks *b);

#endif
