/*
 * The kernel's heap, on top of page.h.
 *
 * Counters: "heap.allocs" (calls), "heap.bytes" (asked for).
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include "core/types.h"

/*
 * `n` bytes, not cleared, aligned to 16; contiguous in physical memory too, so a
 * device may write to them. NULL when there is no memory (or n is absurd). The
 * caller owns them until heap_free().
 */
void *heap_alloc(size_t n);

/* NULL is allowed. Freeing twice, or what is not the heap's, is a bug(). */
void heap_free(void *p);

#endif
