/* Pages from malloc, no more of them than the machine has. */
#include "kernel/page.h"
#include <stdlib.h>
#include <string.h>
#include "core/count.h"
#include "kernel/complain.h"
#include "host.h"

COUNTER(allocs, "page.allocs");
COUNTER(peak, "page.peak");

static size_t in_use;

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

void page_free(void *pages, size_t npages)
{
	BUG_ON(npages > in_use);
	in_use -= npages;
	free(pages);
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
