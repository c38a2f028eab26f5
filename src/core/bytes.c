/*
 * Counted copies, and spans: text and bytes that belong to somebody else.
 *
 * A counted copy costs one add more than memcpy. The span functions read each byte
 * at most once and allocate nothing.
 */
#include <string.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"

COUNTER(copied, "copy.bytes");
COUNTER(zeroed, "zero.bytes");

void copy_bytes(void *dst, const void *src, size_t n)
{
	count(&copied, n);
	memcpy(dst, src, n);
}

void zero_bytes(void *dst, size_t n)
{
	count(&zeroed, n);
	memset(dst, 0, n);
}

struct span span_of(const char *zero_terminated)
{
	return (struct span){ .p = zero_terminated, .n = strlen(zero_terminated) };
}

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && span_starts_with(a, b);
}

bool span_starts_with(struct span s, struct span prefix)
{
	if (prefix.n == 0) /* its `p` may be NULL, which memcmp must not see */
		return true;
	return prefix.n <= s.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

struct span span_cut(struct span *s, char separator)
{
	struct span head = { .p = s->p, .n = 0 };

	while (head.n < s->n && s->p[head.n] != separator)
		head.n++;

	if (head.n == s->n) {
		s->n = 0;
	} else {
		s->p += head.n + 1;
		s->n -= head.n + 1;
	}
	return head;
}

int span_to_u64(struct span s, uint64_t *out)
{
	uint64_t value = 0;
	bool too_large = false;

	if (s.n == 0)
		return -EINVAL;
	/* To the end even when it is too large: "99…9x" is no number at all. */
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - '0';
		if (digit > 9)
			return -EINVAL;
		too_large |= __builtin_mul_overflow(value, 10, &value);
		too_large |= __builtin_add_overflow(value, digit, &value);
	}
	if (too_large)
		return -ERANGE;
	*out = value;
	return 0;
}
