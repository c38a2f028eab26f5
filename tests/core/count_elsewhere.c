/* A second file with counters; one of them has the name of a counter in count.c. */
#include "core/count.h"

COUNTER(apples, "test.apples");
COUNTER(pears, "test.pears");

void count_elsewhere(uint64_t n);

void count_elsewhere(uint64_t n)
{
	count(&apples, n);
	count(&pears, 2 * n);
}
