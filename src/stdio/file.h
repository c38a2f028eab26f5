/*
 * struct stage_file, for the files that share it: file.c (open, close, staging), stream.c
 * (position), view.c, send.c, set.c and load.c.
 */
#ifndef STDIO_FILE_H
#define STDIO_FILE_H

#include "stdio/fill.h"

struct stage_file {
	struct source src;
	struct fill fill;
	uint64_t pos;      /* the reader's */
	size_t view_max;   /* options.view_max */
	uint64_t view_end; /* step 413: where a view has met the end; or NOT_SEEN */
	int (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
};

/* The caller's options, checked, as this version knows them; NULL is all zero. */
MUST_CHECK int options_read(struct stage_options *to, const struct stage_options *from);

/*
 * A file over a source that is open already, which it takes over on success. `memory`, if not
 * NULL, has all `n` bytes of it, from malloc(), and belongs to the file on success.
 */
MUST_CHECK int file_over(const struct source *src, const struct stage_options *options,
			 char *memory, size_t n, struct stage_file **out);

#endif
