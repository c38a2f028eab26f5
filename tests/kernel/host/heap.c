/* The heap, as malloc: the sanitizer sees every byte past the end and every piece not freed. */
#include "kernel/heap.h"
#include <stdlib.h>
#include <string.h>
#include "core/count.h"
#include "kernel/page.h"
#include "host.h"

COUNTER(allocs, "heap.allocs");
COUNTER(bytes, "heap.bytes");

bool host_alloc_fails(void)
{
	static uint64_t n;

	return ++n == host.fail_alloc && host_failure();
}

void *heap_alloc(size_t n)
{
	void *p;

	if (n > host.npages * PAGE_SIZE || host_alloc_fails())
		return NULL;
	p = malloc(n);
	if (!p)
		abort();
	memset(p, HOST_RUBBISH, n);
	count(&allocs, 1);
	count(&bytes, n);
	return p;
}

void heap_free(void *p)
{
	free(p);
}
