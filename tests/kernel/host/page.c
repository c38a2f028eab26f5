/* Pages from malloc, no more of them than the machine has; freed ones are poison. */
#include "kernel/page.h"
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/bytes.h"
#include "core/count.h"
#include "kernel/complain.h"
#include "host.h"

COUNTER(allocs, "page.allocs");
COUNTER(peak, "page.peak");

static size_t in_use;

/* Several pages of malloc's that are freed one by one; the last frees them all. */
struct run {
	char *pages;
	size_t npages;
	size_t nlive;
	struct run *next;
};
static struct run *runs;

void *page_alloc(size_t npages)
{
	void *p;

	if (npages > page_nfree() || host_alloc_fails())
		return NULL;
	p = aligned_alloc(PAGE_SIZE, npages * PAGE_SIZE);
	if (!p)
		abort();
	memset(p, HOST_RUBBISH, npages * PAGE_SIZE);
	in_use += npages;
	count(&allocs, npages);
	count_peak(&peak, in_use);
	return p;
}

void *page_alloc_run(size_t most, size_t *npages)
{
	size_t n = min_u64(min_u64(most, page_nfree()), host.longest_run);
	struct run *run;
	char *pages = n ? page_alloc(n) : NULL;

	BUG_ON(host.longest_run == 0); /* it was forgotten, and no program would ever be loaded */
	*npages = pages ? n : 0;
	if (!pages)
		return NULL;
	run = malloc(sizeof(*run));
	*run = (struct run){ .pages = pages, .npages = n, .nlive = n, .next = runs };
	runs = run;
	return pages;
}

/* The place in the list of the run that a page belongs to; NULL: it is one for itself. */
static struct run **run_of(const char *page)
{
	for (struct run **r = &runs; *r; r = &(*r)->next)
		if (page >= (*r)->pages && page < (*r)->pages + (*r)->npages * PAGE_SIZE)
			return r;
	return NULL;
}

void page_free(void *pages, size_t npages)
{
	struct run **at = run_of(pages), *run = at ? *at : NULL;

	BUG_ON(npages > in_use || (run && npages > run->nlive));
	in_use -= npages;
	if (!run) {
		free(pages);
		return;
	}
	ASAN_POISON_MEMORY_REGION(pages, npages * PAGE_SIZE);
	run->nlive -= npages;
	if (run->nlive == 0) {
		*at = run->next;
		free(run->pages);
		free(run);
	}
}

/* The leak checker cannot see these: the list leads to them. */
__attribute__((destructor)) static void check_all_came_back(void)
{
	if (runs) {
		fprintf(stderr, "leaked: a run of %zu pages, %zu of them in use\n", runs->npages,
			runs->nlive);
		_exit(99);
	}
}

size_t page_nfree(void)
{
	return host.npages - in_use;
}

/* What nobody allocated does not exist here; the sanitizer guards it. */
void *page_canaries_broken(void)
{
	return NULL;
}
