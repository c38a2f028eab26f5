/*
 * Memory that holds contents and can be dropped: a piece of malloc()'s, and its struct cached.
 *
 *	err = memory_hold(&m, n, &p);		room within the limit; pinned
 *	… fill p …
 *	memory_keep(&m, p, n);			there for everybody from now on
 *	memory_unpin(&m);
 *
 *	p = memory_pin(&m);			NULL: dropped, or not there yet
 *	… m.n bytes at p …
 *	memory_unpin(&m);
 *
 * Any number of threads may pin and unpin; one at a time holds, keeps and gives up.
 */
#ifndef STDIO_MEMORY_H
#define STDIO_MEMORY_H

#include "stdio/cache.h"
#include "stdio/fill.h"

struct memory {
	struct cached cached;
	char *p;  /* NULL: nothing is kept */
	size_t n; /* of what is kept: look at it while it is pinned */
};

MUST_CHECK int memory_hold(struct memory *m, size_t n, char **p);
/* The same with memory that is there already; it is the caller's after an error. */
MUST_CHECK int memory_adopt(struct memory *m, size_t n, char *p);
void memory_keep(struct memory *m, char *p, size_t n);

/* Hold `n` bytes, and fill them from a file's beginning. Fewer are kept when no more come. */
MUST_CHECK int memory_read(struct memory *m, int fd, size_t n);

/* What was held to be filled is not worth keeping: `p` is freed, nothing is held. */
void memory_give_up(struct memory *m, char *p);
/* Only `n` bytes of it were needed: less is held. On an error nothing is, and `*p` is freed. */
MUST_CHECK int memory_trim(struct memory *m, char **p, size_t n);

MUST_CHECK const char *memory_pin(struct memory *m);
void memory_unpin(struct memory *m);
/* Nobody looks at it any more. */
void memory_release(struct memory *m);

/* hide(), expect() and holds() of a way whose state begins with the memory that it shows. */
void memory_hide(struct hold *h, const char *p);
void memory_expect(struct hold *h, bool soon);
bool memory_holds(const struct hold *h);

#endif
