/*
 * Which way for this file: the only place where a size, a pattern of use or an experience
 * becomes a decision. It never changes a byte, so it may be wrong.
 */
#ifndef STDIO_POLICY_H
#define STDIO_POLICY_H

#include "stdio/source.h"
#include "stdio/stage.h"

/* What was done with one file so far: by its reader, and, as `viewed`, by anybody. */
struct use {
	uint64_t reads;  /* questions: stage_read(), stage_gets(), … */
	uint64_t seeks;  /* that left the buffer */
	uint64_t bytes;  /* that were delivered */
	uint64_t fills;  /* that the kernel was asked for the reader */
	uint64_t viewed; /* bytes that views showed, a page at least; added to by several threads */
	bool brought;    /* the kernel was told to bring it in: advice.h */
};

/* Seeks and fills are the reader's alone to add to; others may look meanwhile. */
static inline uint64_t use_now(const uint64_t *n)
{
	return __atomic_load_n(n, __ATOMIC_RELAXED);
}

static inline void use_add(uint64_t *n, uint64_t more)
{
	__atomic_store_n(n, *n + more, __ATOMIC_RELAXED);
}

/* Does the reader jump about, more often than he reads on? */
static inline bool use_jumps(const struct use *use)
{
	return use_now(&use->seeks) * 2 > use_now(&use->fills);
}

/*
 * STAGE_NONE, STAGE_MMAP or STAGE_PREFETCH for what the caller asked. Asked once when the file is
 * opened, with a `use` of zeroes, and then for STAGE_ADAPTIVE files that are read through the
 * buffer, each time before it is filled.
 */
enum stage_mode policy_mode(enum stage_mode asked, const struct source *src, const struct use *use);

/*
 * A view of `n` bytes of a STAGE_ADAPTIVE file is about to be copied; `viewed` were seen in all,
 * with these. In which mode should the file be from now on? May be asked by several threads.
 */
enum stage_mode policy_view(const struct source *src, uint64_t viewed, size_t n);

/* For policy_mode(), from step 403 on: after how many passes is a file held? 0: at its first
 * question. */
uint64_t hold_after(const struct source *src);
/* Was it wanted so often, in questions that holding it would have saved? */
bool hold_pays(const struct source *src, const struct use *use);

/* For policy_view(), from step 403 on: how many bytes in small views are worth a way? */
uint64_t view_enough(const struct source *src);
/* Have they seen so many; or is there another reason? */
bool view_pays(const struct source *src, uint64_t viewed, size_t n);

/*
 * How much to ask the kernel for at a time: the size of a buffer; and of one step of a copied
 * view, which is nobody's: `use` is NULL then.
 */
size_t policy_unit(const struct source *src, const struct use *use);

/* The file is closed; this is how it was used, in the mode that it was in at the end. */
void policy_learn(const struct source *src, const struct use *use, enum stage_mode mode);

/* stage_rules() and stage_pin_rules(). */
size_t policy_rules(char *text, size_t size);
MUST_CHECK int policy_pin(const char *text);

#endif
