/*
 * The peers of part 4: the usual ways to get at a file's bytes, in one program that does what
 * `stage bench` does with them.
 *
 *	peer WAY CASE ...	the cases and options of `stage bench`
 *
 * A way hands out pieces; the cases look at every byte of them, so that all ways do the
 * same work and differ in how the bytes come, and the tokenizer is stage's own. The way `memory`
 * has read the files before the clock starts: what it takes is the floor.
 */
#ifndef TESTS_STDIO_PEER_H
#define TESTS_STDIO_PEER_H

#include "core/types.h"

struct piece {
	const unsigned char *bytes;
	size_t n;
};

struct source;

/* All return 0 or -errno; next() gives a piece of 0 bytes at the end, and after rewind() the first
 * one again. A piece is valid until the next call. `piece`: how many bytes at a time, for ways that
 * leave it open. at() gives exactly `n` bytes, or -EIO. */
struct way {
	const char *name;
	int (*prepare)(const char *path); /* before the clock starts; may be NULL */
	int (*open)(const char *path, size_t piece, struct source **out);
	int (*next)(struct source *, struct piece *out);
	int (*rewind)(struct source *);
	int64_t (*size)(struct source *);
	int (*at)(struct source *, uint64_t offset, size_t n, struct piece *out);
	void (*close)(struct source *);
};

extern const struct way memory_way, fread_way, fgetc_way, read_way, mmap_way;

/*
 * Where pieces are copied to: one file's at a time. It begins at a page and was touched before the
 * clock started, as in `stage bench`.
 */
extern unsigned char peer_buffer[1 << 20];

/* What `stage bench` says of the bytes: their sum as little-endian numbers of 8 bytes, however
 * they came; how many they were; how many tokens of C. */
struct total {
	uint64_t sum, bytes, tokens;
};

/* The next bytes. */
void total_add(struct total *, struct piece);

/* The numbers that `stage bench random` draws from a seed (splitmix64). */
uint64_t draw(uint64_t *state);

#endif
