/*
 * The functions that a freestanding compiler calls on its own.
 *
 * Copies go eight bytes at a time, `rep movsq`: under emulation an instruction costs
 * the same whether it moves one byte or eight, and on hardware the CPU's microcode
 * does better than any loop without vector registers.
 */
#include <string.h>
#include <stdint.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *d = dst;
	size_t words = n / 8, rest = n % 8;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(src), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(rest) : : "memory");
	return dst;
}

static void copy_backwards(uint8_t *dst, const uint8_t *src, size_t n)
{
	while (n--) {
		dst[n] = src[n];
		__asm__ volatile("" : : : "memory"); /* or the compiler makes a memmove of it */
	}
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	copy_backwards(dst, src, n);
	return dst;
}

void *memset(void *dst, int byte, size_t n)
{
	void *d = dst;
	uint64_t word = 0x0101010101010101u * (uint8_t)byte;
	size_t words = n / 8, rest = n % 8;

	__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(word) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(word) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		__asm__ volatile("" : : : "memory"); /* or the compiler makes a strlen of it */
		n++;
	}
	return n;
}
