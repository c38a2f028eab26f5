/*
 * Bytes: counted copies, little-endian loads, spans, and sums that cannot wrap.
 *
 * copy_bytes() is memcpy plus a count ("copy.bytes"), so that "bytes copied per
 * byte delivered" is a figure of every part. Use it for data on its way from the
 * device to the user, plain assignment for everything else.
 */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include "core/types.h"

/* memcpy, counted. The ranges must not overlap. */
void copy_bytes(void *dst, const void *src, size_t n);

/* Zero-fill, counted as "zero.bytes". */
void zero_bytes(void *dst, size_t n);

/* Little-endian integers at any alignment. */
static inline uint16_t load_le16(const void *p)
{
	const uint8_t *b = p;
	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t load_le32(const void *p)
{
	const uint8_t *b = p;
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t load_le64(const void *p)
{
	return load_le32(p) | (uint64_t)load_le32((const uint8_t *)p + 4) << 32;
}

/* `align` is a power of two. round_up() wraps to 0 within `align` of 2^64: check first. */
static inline uint64_t round_down(uint64_t x, uint64_t align)
{
	return x & ~(align - 1);
}

static inline uint64_t round_up(uint64_t x, uint64_t align)
{
	return round_down(x + align - 1, align);
}

/* ceil(x / y) without overflow. */
static inline uint64_t div_round_up(uint64_t x, uint64_t y)
{
	return x / y + (x % y != 0);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Is [start, start + n) inside [0, limit)? Right for every input, wrapping ones too. */
static inline bool fits(uint64_t start, uint64_t n, uint64_t limit)
{
	return start <= limit && n <= limit - start;
}

/* Bytes that somebody else owns; `p` need not end in a zero. */
struct span {
	const char *p;
	size_t n;
};

/* A piece of memory to be filled: one entry of a scatter list. */
struct seg {
	void *p;
	size_t n;
};

struct span span_of(const char *zero_terminated);
bool span_eq(struct span a, struct span b);
bool span_starts_with(struct span s, struct span prefix);

/*
 * Cut `*s` at the first `separator`: returns what stands before it and leaves in
 * `*s` what follows it. Without a separator returns all and leaves `*s` empty.
 */
struct span span_cut(struct span *s, char separator);

/*
 * A decimal number with nothing before or after it.
 * -EINVAL: empty or not a digit; -ERANGE: more than 2^64 - 1.
 */
MUST_CHECK int span_to_u64(struct span s, uint64_t *out);

#endif
