/* A clock that only moves when somebody looks, so that every run is the same. */
#include "kernel/clock.h"

enum { NS_PER_LOOK = 1000000 };

uint64_t clock_ns(void)
{
	static uint64_t now;

	return now += NS_PER_LOOK;
}
