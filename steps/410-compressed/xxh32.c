/*
 * xxHash, 32 bits: four sums over each 16 bytes, mixed at the end.
 */
#include "stdio/frame.h"

#define PRIME_1 2654435761u
#define PRIME_2 2246822519u
#define PRIME_3 3266489917u
#define PRIME_4 668265263u
#define PRIME_5 374761393u

#define LANES 4

static uint32_t rotate(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static uint32_t stripes(const uint8_t **p, size_t *n)
{
	uint32_t lane[LANES] = { PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1 };

	for (; *n >= 4 * LANES; *n -= 4 * LANES, *p += 4 * LANES)
		for (int i = 0; i < LANES; i++)
			lane[i] = rotate(lane[i] + load_le32(*p + 4 * i) * PRIME_2, 13) * PRIME_1;
	return rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
}

static uint32_t mixed(uint32_t sum)
{
	sum = (sum ^ sum >> 15) * PRIME_2;
	sum = (sum ^ sum >> 13) * PRIME_3;
	return sum ^ sum >> 16;
}

uint32_t xxh32(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t all = (uint32_t)n;
	uint32_t sum = n >= 4 * LANES ? stripes(&p, &n) : PRIME_5;

	sum += all;
	for (; n >= 4; n -= 4, p += 4)
		sum = rotate(sum + load_le32(p) * PRIME_3, 17) * PRIME_4;
	for (; n > 0; n--, p++)
		sum = rotate(sum + *p * PRIME_5, 11) * PRIME_1;
	return mixed(sum);
}
