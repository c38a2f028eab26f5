/*
 * What the kernel is told about how a file will be read. Advice changes no byte, so nothing
 * here fails but a wrong question.
 */
#ifndef STDIO_ADVICE_H
#define STDIO_ADVICE_H

#include "stdio/fill.h"

/* The file is open, its way chosen, nothing read yet. */
void advice_opened(struct fill *f);

/* The buffer is about to be filled from `at` on; `next` is where the last one ended. */
void advice_filling(struct fill *f, uint64_t at, uint64_t next);

/*
 * A view of `n` bytes at `at` is about to be given to the caller: of what is shown, or else (`p`
 * is NULL) a copy. Any thread.
 */
void advice_viewing(struct fill *f, const char *p, uint64_t at, uint64_t n);

/* A map was made, or the whole file is about to be read into memory. */
void advice_mapped(const char *p, size_t n);
void advice_prefetching(int fd, uint64_t n);

/* `in` is about to be copied, whole. */
void advice_copying(int in, uint64_t n);

/* stage_hint(), its arguments checked; `n` 0: to the end. */
MUST_CHECK int advice_hint(struct fill *f, enum stage_hint hint, uint64_t at, uint64_t n);

#endif
