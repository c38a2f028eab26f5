/*
 * Physical memory in pages of 4 KiB.
 *
 * All RAM is visible to the kernel at DIRECT_MAP + physical address, so a page is
 * named by its kernel pointer. Freed pages are handed out again; contents are
 * never cleared here: who needs zeroes writes them.
 */
#ifndef KERNEL_PAGE_H
#define KERNEL_PAGE_H

#include "core/types.h"

#define PAGE_SIZE 4096u

/*
 * `npages` pages that follow each other in physical memory, aligned to one page;
 * NULL when there is no such run. The caller owns them until page_free() with the
 * same count. One at a time, pages mostly come in rising physical order.
 * Counters: "page.allocs" (pages, not calls), "page.peak" (pages in use at most).
 */
void *page_alloc(size_t npages);
void page_free(void *pages, size_t npages);

/*
 * As many pages of `most` as follow each other at the first place that is free: at least one,
 * `*npages` says how many. NULL: none is left. As page_alloc() in all else.
 */
void *page_alloc_run(size_t most, size_t *npages);

/* Pages that page_alloc() could still give out, though perhaps not in one run. */
size_t page_nfree(void);

/*
 * Write to every free page, so that the host has backed it with memory before the
 * clock starts: the first touch of a guest page costs the host a page fault.
 * With `canaries`, fill them with a pattern that page_canaries_broken() finds
 * disturbed: it returns the first page that was never allocated and yet was
 * written to, or NULL.
 */
void page_touch_free(bool canaries);
void *page_canaries_broken(void);

#endif
