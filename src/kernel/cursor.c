/* Filling a list of segments. See cursor.h. */
#include "kernel/cursor.h"

struct seg cursor_take(struct cursor *c, size_t n)
{
	struct seg piece = { (char *)c->seg->p + c->at, min_u64(n, c->seg->n - c->at) };

	c->at += piece.n;
	if (c->at == c->seg->n)
		*c = (struct cursor){ .seg = c->seg + 1 };
	return piece;
}

void cursor_fill(struct cursor *c, const uint8_t *bytes, size_t n)
{
	while (n) {
		struct seg piece = cursor_take(c, n);

		if (bytes) {
			copy_bytes(piece.p, bytes, piece.n);
			bytes += piece.n;
		} else {
			zero_bytes(piece.p, piece.n);
		}
		n -= piece.n;
	}
}
