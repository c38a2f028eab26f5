/*
 * What holds a file's bytes (a map, memory, a decoder's output), and who looks at it.
 *
 * A way is left while others look: its hold is then let go of, and closed by the last who puts it
 * down. So a view stays, and a read in another thread ends well, whatever is staged meanwhile.
 *
 *	h = hold_take(&f->held);		NULL: the file is not held
 *	… h->way->show(h, …) …
 *	hold_put(h);				closes the way, if it was left and this was the last
 *
 * A hold that was closed is used again for the same file's next way and freed with the file: who is
 * about to take it may come late, and then finds another hold, or none, but never freed memory.
 * The file's one reader needs to take nothing: nobody stages the file while it is read at its
 * position.
 */
#ifndef STDIO_HOLD_H
#define STDIO_HOLD_H

#include "core/types.h"

struct fill;
struct way;

struct hold {
	unsigned users;        /* the file, as long as it is read this way, and who looks */
	const struct way *way; /* a constant; any thread may ask: hold_way() */
	void *state;           /* the way's own */
	struct fill *fill;     /* of the file */
	struct hold *next;     /* of all that this file ever had */
};

/* One that nobody uses, for a way to be opened with; NULL: no memory. One thread at a time. */
MUST_CHECK struct hold *hold_new(struct fill *f);

/* It is open: held from now on, by the file. */
void hold_begin(struct hold *h, const struct way *way);

/* What `*held` is just now, taken; NULL: nothing. Any thread. */
MUST_CHECK struct hold *hold_take(struct hold **held);
void hold_put(struct hold *h);

/* All of a file's; nobody looks any more. */
void hold_free_all(struct fill *f);

static inline const struct way *hold_way(const struct hold *h)
{
	return h ? __atomic_load_n(&h->way, __ATOMIC_RELAXED) : NULL;
}

#endif
