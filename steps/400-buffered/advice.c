/*
 * The kernel is told nothing: it sees for itself how a file is read.
 */
#include "stdio/advice.h"

void advice_opened(struct fill *f)
{
}

void advice_filling(struct fill *f, uint64_t at, uint64_t next)
{
}

void advice_viewing(struct fill *f, const char *p, uint64_t at, uint64_t n)
{
}

void advice_mapped(const char *p, size_t n)
{
}

void advice_prefetching(int fd, uint64_t n)
{
}

void advice_copying(int in, uint64_t n)
{
}

int advice_hint(struct fill *f, enum stage_hint hint, uint64_t at, uint64_t n)
{
	return 0;
}
