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
	uint64_t view_end; /* where a view has met the end, for ends.c; or NOT_SEEN */
	int (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
};

/* The caller's options, checked, as this version knows them; NULL is all zero. */
MUST_CHECK int options_read(struct stage_options *to, const struct stage_options *from);

/* Tell it, if it is not NULL: 0, or the -errno to stop with. */
MUST_CHECK int progress_tell(int (*progress)(void *context, uint64_t done, uint64_t total),
			     void *context, uint64_t done, uint64_t total);

/*
 * A file over a source that is open already, which it takes over on success. `memory`, if not
 * NULL, has all `n` bytes of it, from malloc(), and belongs to the file on success.
 */
MUST_CHECK int file_over(const struct source *src, const struct stage_options *options,
			 char *memory, size_t n, struct stage_file **out);

/*
 * An end that was met: ends.c. A reader's last answer fell short because the file ends where he is:
 * is that known without another call? Asked once for each question, and forgotten by it.
 */
bool end_was_met(struct stage_file *file);
/* The same of a view at `at`, after one that fell short there; by any thread. */
bool view_end_was_met(struct stage_file *file, uint64_t at);
void view_met_end(struct stage_file *file, uint64_t end);

#endif
