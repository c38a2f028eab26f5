/*
 * A source: the descriptor below an open file, and what the kernel says that it is.
 *
 * `next` is where the descriptor itself stands, which is not where the reader stands: only
 * buffer.c reads with it, and only where it has to be moved is it moved.
 */
#ifndef STDIO_SOURCE_H
#define STDIO_SOURCE_H

#include "core/types.h"

struct source {
	int fd;         /* -1: everything that can be read is held in memory */
	bool owned;     /* close it */
	bool seeks;     /* has offsets: no pipe, no terminal */
	bool regular;   /* has a size, too */
	uint64_t size;  /* of a regular file, when it was opened */
	uint64_t start; /* where the reader begins: 0, except over a caller's descriptor */
	uint64_t next;  /* the descriptor's own position */
};

/*
 * `got` bytes of `asked` came, up to `end`: has the kernel said that the file ends there? A file
 * that has a size gives all that it has; less, before that size, is a signal or a network.
 */
static inline bool source_ended(const struct source *src, size_t asked, ssize_t got, uint64_t end)
{
	return src->regular && src->size > 0 && got >= 0 && (size_t)got < asked && end >= src->size;
}

/* A file by its path. */
MUST_CHECK int source_open(struct source *src, const char *path);
/* Over a descriptor of the caller's. */
MUST_CHECK int source_over(struct source *src, int fd);
/* Its size, if that can be had for less than its kind; else false, and nothing is known:
 * has_size.c. */
MUST_CHECK bool source_has_size(struct source *src);
/* What kind of file is it, and how large? */
MUST_CHECK int source_identify(struct source *src);
/* Where does it stand, and can it stand elsewhere? */
void source_locate(struct source *src);
/* The size that it has now. */
MUST_CHECK int source_now(const struct source *src, uint64_t *size);
/*
 * Is what has a size in memory? 1; 0: a disk would be waited for; or -errno: nobody can say. Eight
 * bytes answer for the others: those of another `other` are elsewhere. Before Linux 6.5, to ask may
 * bring them in.
 */
MUST_CHECK int source_at_hand(const struct source *src, uint64_t other);
/* Close it; one of the caller's is left at `position` instead. */
void source_close(struct source *src, uint64_t position);

#endif
