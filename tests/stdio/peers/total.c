/* What is done with every byte, as src/stdio/cmd/bench_cases.c does it. */
#include "core/bytes.h"
#include "peer.h"

void total_add(struct total *t, struct piece p)
{
	uint64_t at = t->bytes;

	t->bytes += p.n;
	for (; p.n && at % 8; at++, p.n--)
		t->sum += (uint64_t)*p.bytes++ << at % 8 * 8;
	for (; p.n >= 8; p.bytes += 8, p.n -= 8)
		t->sum += load_le64(p.bytes);
	for (; p.n; at++, p.n--)
		t->sum += (uint64_t)*p.bytes++ << at % 8 * 8;
}

uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}
