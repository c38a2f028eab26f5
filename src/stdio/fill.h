/*
 * Where the next bytes come from.
 *
 * The one question: make the bytes at this offset visible, and say how many there are. The
 * answer can always be found by reading into a buffer (buffer.c). A *way* is a faster answer:
 * a map, memory that was filled before, a decoder. A way may refuse, for good when it is
 * opened, or for one question: then the buffer answers. So a way never has to be complete,
 * and what it says of the end of a file is not the last word: when it has nothing to show,
 * the kernel is asked.
 *
 *	struct shown s;
 *	ssize_t n = fill_show(f, at, want, &s);		n bytes at s.p, 0 at the end, or -errno
 *	if (n > 0) {
 *		n = fill_copy(&s, to, n);
 *		fill_hide(&s);
 *	}
 *
 * fill_show() is for the file's one reader. fill_read_at() and fill_view() move nothing and may
 * be called by any number of threads, so a way's show(), copy() and hide() must be able to run
 * in several threads; its open() runs alone, and its close() when nobody looks any more (hold.h).
 */
#ifndef STDIO_FILL_H
#define STDIO_FILL_H

#include <pthread.h>
#include "stdio/buffer.h"
#include "stdio/hold.h"
#include "stdio/policy.h"
#include "stdio/source.h"
#include "stdio/stage.h"

struct fill;

struct way {
	enum stage_mode mode; /* what stage_mode() calls it */
	/* Make ready, and keep what is needed in h->state; any error means: not this way. */
	int (*open)(struct hold *h);
	void (*close)(struct hold *h);
	/*
	 * Point *p to the bytes at `at`, and say how many there are, `want` or not: at least
	 * one, and 0 when there are none here (the end, or a hole in what is held). They stay until
	 * hide(), which is called once for each show() that showed something, with the same p.
	 */
	ssize_t (*show)(struct hold *h, uint64_t at, size_t want, const char **p);
	void (*hide)(struct hold *h, const char *p); /* may be NULL */
	/*
	 * Asked before hide(), by who has looked at the bytes in place: -EIO: they were not all the
	 * file's. May be NULL.
	 */
	int (*vouch)(struct hold *h, const char *p, size_t n);
	size_t least; /* who reads on, less than this at a time, is better served by the buffer */
	/* Copy from what is shown; NULL where that is plain memory. n, fewer, or -errno. */
	ssize_t (*copy)(struct hold *h, void *to, const char *p, size_t n);
	/* The offset of the end, where it is not the descriptor's. May be NULL. */
	int64_t (*end)(struct hold *h);
	/* Its bytes will be wanted soon, or not: what is held gives way last, or first. May be
	 * NULL. */
	void (*expect)(struct hold *h, bool soon);
	/* Are they held just now? NULL: always. Any thread may ask. */
	bool (*holds)(const struct hold *h);
};

#define NOT_SEEN UINT64_MAX

/* How one open file's bytes are found. */
struct fill {
	struct source *src;
	enum stage_mode asked; /* what the caller wants; written with the lock */
	bool refused;          /* the last way that was to be taken; the same */
	struct hold *held;     /* NULL: the buffer alone; see fill_way() */
	struct hold *holds;    /* all that there ever were */
	pthread_mutex_t lock;  /* who wants to take another way */
	struct buffer buffer;
	uint64_t ended; /* the end, as the kernel has said it while the reader asks; or NOT_SEEN */
	struct use use; /* what the reader has done so far; policy.h */
};

/*
 * The way that is taken just now. A reader or a view may find one while others look: it is ready
 * when it can be seen. For anybody but the one who stages, it may be left at the next moment.
 */
static inline struct hold *fill_held(const struct fill *f)
{
	return __atomic_load_n(&f->held, __ATOMIC_ACQUIRE);
}

static inline const struct way *fill_way(const struct fill *f)
{
	return hold_way(fill_held(f));
}

/* Bytes that are visible just now. */
struct shown {
	const char *p;
	size_t n;
	struct hold *by; /* NULL: the buffer */
};

/*
 * `asked` is a request: a way that refuses leaves the buffer. -EOPNOTSUPP: `decode`, and there
 * is no decoder for this file.
 */
MUST_CHECK int fill_open(struct fill *f, struct source *src, enum stage_mode asked, bool decode);
void fill_close(struct fill *f);
/* The whole file is in memory already: `n` bytes from malloc(), the fill's on success. -ENOMEM. */
MUST_CHECK int fill_adopt(struct fill *f, char *memory, size_t n);

/*
 * Another way from now on; what others are shown just now stays until they hide it. What is in
 * memory alone (a source without a descriptor) stays as it is: there is nothing to read it from
 * again.
 */
void fill_stage(struct fill *f, enum stage_mode asked);

/* stage_signals(). */
bool fill_signals(bool may);

/*
 * The use that is made of a file may show that another way would suit it better: `at` is not in the
 * buffer; or `n` bytes there will be viewed. All above, and these, are in choose.c.
 */
void fill_rethink(struct fill *f, uint64_t at);
void fill_rethink_view(struct fill *f, uint64_t at, size_t n);

MUST_CHECK ssize_t fill_show(struct fill *f, uint64_t at, size_t want, struct shown *s);
void fill_hide(const struct shown *s);
/* At most s->n bytes. Fewer only when the rest is gone: then the next fill_show() says why. */
MUST_CHECK ssize_t fill_copy(const struct shown *s, void *to, size_t n);

/* Show, copy, hide: at most `n` bytes, 0 at the end. */
MUST_CHECK ssize_t fill_some(struct fill *f, void *to, size_t n, uint64_t at);

/* The same for a reader who wants them all, and looks at nothing first: the buffer may be passed
 * by. */
MUST_CHECK ssize_t fill_read(struct fill *f, void *to, size_t n, uint64_t at);

/* Read at an offset without moving anything; fewer than n at the end only. */
MUST_CHECK ssize_t fill_read_at(struct fill *f, void *to, size_t n, uint64_t at);

/* Is there a way that can show bytes at `at` for as long as somebody looks? Else 0. */
MUST_CHECK ssize_t fill_view(struct fill *f, uint64_t at, size_t want, struct shown *s);
/* He looks no more. -EIO: the bytes were not all the file's. */
int fill_view_end(const struct shown *s);

/* May the position be set to `at`? 0, or what lseek(2) says. */
MUST_CHECK int fill_seek(struct fill *f, uint64_t at);
/* The offset of the end, plus `offset`: SEEK_END. */
MUST_CHECK int64_t fill_seek_end(struct fill *f, int64_t offset);

/* Will the file's bytes be wanted soon? */
void fill_expect(struct fill *f, bool soon);
/* How its bytes are found just now; STAGE_NONE too when what was held was dropped. */
enum stage_mode fill_mode(const struct fill *f);

/* memcpy of contents on their way to the caller, counted as copy.bytes. */
void deliver(void *to, const void *from, size_t n);

#endif
