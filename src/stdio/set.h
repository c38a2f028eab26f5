/*
 * Files that are staged together.
 *
 *	set.c	the set: its files, opened at the latest when they are asked for
 *	load.c	what is brought in ahead: nothing, or each in turn, or many at once
 */
#ifndef STDIO_SET_H
#define STDIO_SET_H

#include "stdio/file.h"

struct set_item {
	const char *path;
	struct stage_file *file; /* NULL: not open yet */
	int err;                 /* why it cannot be opened; 0: not tried, or it is open */
};

struct stage_set {
	struct stage_options options;
	size_t n;
	struct set_item *items;
};

/*
 * Bring in what can be brought in before it is asked for. An item is left as it is, or gets a
 * file or an err; a file that only *this* could not open (no memory, no descriptor left) is left
 * as it is.
 */
void load_all(struct stage_set *set);

/* The caller is done with this file for now: keep it as it is staged, or close it. */
void load_done(struct stage_set *set, struct set_item *item);

#endif
