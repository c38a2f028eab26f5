/*
 * FNV-1a, a byte at a time, and CRC-32, eight bytes at a time.
 *
 * A CRC is the remainder of a long division by a polynomial. Done bit by bit it
 * costs eight shifts a byte; a table of every byte's remainder makes that one lookup,
 * but each lookup has to wait for the one before it. Eight tables ("slicing by 8")
 * hold every byte's remainder at each of eight distances from the end, so that
 * eight lookups are independent of each other. They take 8 KiB, made by the compiler:
 * nothing to set up, and nothing that threads could share too early.
 */
#include "core/bytes.h"
#include "core/hash.h"

uint64_t hash_bytes(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t hash = 0xcbf29ce484222325; /* the offset basis and the prime of FNV-1a, 64 bits */

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ b[i]) * 0x100000001b3;
	return hash;
}

/* The polynomial, and one bit of the division; both reflected, lowest bit first. */
#define POLYNOMIAL  0xEDB88320u
#define DIVIDE(rem) ((uint32_t)(rem) >> 1 ^ (1 & (rem) ? POLYNOMIAL : 0))

/*
 * R<k><i>: the remainder of a byte whose only set bit is 0x80 >> i, with k bytes
 * behind it. Each is the one before it, divided one bit further.
 */
#define REMAINDERS(k, first)                                                             \
	R##k##0 = (first), R##k##1 = DIVIDE(R##k##0), R##k##2 = DIVIDE(R##k##1),         \
	R##k##3 = DIVIDE(R##k##2), R##k##4 = DIVIDE(R##k##3), R##k##5 = DIVIDE(R##k##4), \
	R##k##6 = DIVIDE(R##k##5), R##k##7 = DIVIDE(R##k##6)
enum {
	REMAINDERS(0, POLYNOMIAL),
	REMAINDERS(1, DIVIDE(R07)),
	REMAINDERS(2, DIVIDE(R17)),
	REMAINDERS(3, DIVIDE(R27)),
	REMAINDERS(4, DIVIDE(R37)),
	REMAINDERS(5, DIVIDE(R47)),
	REMAINDERS(6, DIVIDE(R57)),
	REMAINDERS(7, DIVIDE(R67)),
};

/* Division is linear: a byte's remainder is the XOR of its bits' remainders. */
#define BYTE(k, b)                                                                                 \
	((0x80 & (b) ? R##k##0 : 0u) ^ (0x40 & (b) ? R##k##1 : 0u) ^ (0x20 & (b) ? R##k##2 : 0u) ^ \
	 (0x10 & (b) ? R##k##3 : 0u) ^ (0x08 & (b) ? R##k##4 : 0u) ^ (0x04 & (b) ? R##k##5 : 0u) ^ \
	 (0x02 & (b) ? R##k##6 : 0u) ^ (0x01 & (b) ? R##k##7 : 0u))
#define BYTES_4(k, b)  BYTE(k, b), BYTE(k, (b) + 1), BYTE(k, (b) + 2), BYTE(k, (b) + 3)
#define BYTES_16(k, b) BYTES_4(k, b), BYTES_4(k, (b) + 4), BYTES_4(k, (b) + 8), BYTES_4(k, (b) + 12)
#define BYTES_64(k, b) \
	BYTES_16(k, b), BYTES_16(k, (b) + 16), BYTES_16(k, (b) + 32), BYTES_16(k, (b) + 48)
#define BYTES_256(k)                                                                \
	{                                                                           \
		BYTES_64(k, 0), BYTES_64(k, 64), BYTES_64(k, 128), BYTES_64(k, 192) \
	}

/* table[k][b]: the remainder of byte b with k bytes behind it. */
static const uint32_t table[8][256] = {
	BYTES_256(0), BYTES_256(1), BYTES_256(2), BYTES_256(3),
	BYTES_256(4), BYTES_256(5), BYTES_256(6), BYTES_256(7),
};

uint32_t crc32_bytes(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t rem = ~crc;

	for (; n >= 8; n -= 8, b += 8) {
		uint64_t x = load_le64(b) ^ rem;
		rem = table[7][x & 255] ^ table[6][x >> 8 & 255] ^ table[5][x >> 16 & 255] ^
		      table[4][x >> 24 & 255] ^ table[3][x >> 32 & 255] ^ table[2][x >> 40 & 255] ^
		      table[1][x >> 48 & 255] ^ table[0][x >> 56];
	}
	for (; n > 0; n--, b++)
		rem = rem >> 8 ^ table[0][(rem ^ *b) & 255];
	return ~rem;
}
