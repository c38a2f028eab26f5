/*
 * Pages in an order that looks like none. See touch.h.
 */
#include "kernel/touch.h"
#include "core/bytes.h"

/* Half the bits from the golden ratio, rounded up to an odd number. */
#define ODD 0x9e3779b97f4a7c15ull

/*
 * The numbers below 2^bits, each once, as `i` counts through them. Adding, multiplying by an
 * odd number and folding the upper half into the lower can each be undone, so no two
 * numbers become the same.
 */
static uint64_t shuffled(uint64_t i, unsigned bits, uint64_t seed)
{
	uint64_t mask = ((uint64_t)1 << bits) - 1;

	for (int round = 0; round < 3; round++) {
		i = (i + seed) * ODD & mask;
		i ^= i >> (bits + 1) / 2;
	}
	return i;
}

int touch_pages(struct program *p, uint64_t percent, uint64_t seed)
{
	uint64_t left = div_round_up(p->npages * percent, 100);
	unsigned bits = 0;
	uint8_t byte;
	int err = 0;

	while ((uint64_t)1 << bits < p->npages)
		bits++;
	for (uint64_t i = 0; left && !err; i++) {
		uint64_t page = shuffled(i, bits, seed);

		if (page >= p->npages)
			continue;
		err = program_read(p, program_page(p, page), &byte);
		left--;
	}
	return err;
}
