/*
 * Files that are staged together.
 *
 *	set.c	the set: its files, opened at the latest when they are asked for
 *	later.c	whether anything is brought in before that
 *	load.c	what is brought in ahead: nothing, or each in turn, or many at once
 *
 * and from step 404 on, what load.c is made of:
 *
 *	load_each.c	which file when: one after the other, or several at once
 *	load_one.c	a single file; what may be held without a descriptor, and how
 */
#ifndef STDIO_SET_H
#define STDIO_SET_H

#include "stdio/file.h"
#include "stdio/memory.h"

struct set_item {
	const char *path;
	struct stage_file *file; /* NULL: not open yet */
	int err;                 /* why it cannot be opened; 0: not tried, or it is open */
	unsigned asked;          /* how often it was wanted */
	bool lent;               /* its user is not done with it */
};

struct stage_set {
	struct stage_options options;
	size_t n;
	struct set_item *items;
	bool lazy; /* nothing is brought in before it is asked for */
	bool full; /* no descriptor was left for one that was to be brought in; atomic */
};

/* Is each to be opened when it is asked for, and none before? */
bool load_later(const struct stage_set *set);
/* One of those is asked for the second time: bring it in, if that suits it. */
void load_again(struct stage_set *set, struct set_item *item);

/*
 * Bring in what can be brought in before it is asked for. An item is left as it is, or gets a
 * file or an err; a file that only *this* could not open (no memory, no descriptor left) is left
 * as it is.
 */
void load_all(struct stage_set *set);

/* All that were not yet. */
void load_each(struct stage_set *set);

/*
 * Bring in this one, if it was not yet. Different items may be brought in by several threads at
 * once. -ENOMEM: there is no room for its bytes, or no descriptor (set->full), nor likely for
 * others; everything else is in the item.
 */
MUST_CHECK int load_one(struct stage_set *set, struct set_item *item);

/*
 * The bytes of a small file on their way into memory, for who reads them by means of his own.
 * Between load_begin(), when it returns 0, and load_end():
 *
 *	read up to size + 1 bytes into loading.memory; the one more would show that the file is
 *	longer by now
 */
struct loading {
	char *memory;
	struct source src;  /* of the file that it will be: without a descriptor */
	struct memory room; /* claimed for it, until the file has its own */
};

/* A regular file of this size. -EOPNOTSUPP: not one to be read at once. -ENOMEM: no room. */
MUST_CHECK int load_begin(struct loading *l, const struct stage_set *set, uint64_t size);

/* `got` bytes were read, or an error came: the item gets a file, or is left as it is. */
void load_end(struct loading *l, struct stage_set *set, struct set_item *item, int64_t got);

/* The caller is done with this file for now: keep it as it is staged, or close it. */
void load_done(struct stage_set *set, struct set_item *item);

#endif
