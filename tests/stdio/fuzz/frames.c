/*
 * The input is a file of frames. Whatever it is: what was measured is enough for what comes, and
 * what is refused is refused with a place inside the file, and a reason.
 */
#include <stdlib.h>
#include "stdio/frames/frame.h"

#define MOST ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(bool right)
{
	if (!right)
		abort();
}

static void check_refusal(int err, const struct where *where, size_t n)
{
	expect(err == -ENODATA || err == -EBADMSG || err == -EOPNOTSUPP);
	expect(where->what && where->pos <= n);
}

static void decode(struct span in, size_t most)
{
	struct where where = { 0, NULL };
	struct plain to = { .p = malloc(most ? most : 1), .room = most };
	int err = frames_read(in, &to, &where);

	expect(to.n <= most);
	if (err)
		check_refusal(err, &where, in.n);
	free(to.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct where where = { 0, NULL };
	struct span in = { (const char *)data, n };
	struct plain most = { 0 };
	int err = frames_read(in, &most, &where);

	if (err)
		check_refusal(err, &where, n);
	else if (most.n <= MOST)
		decode(in, most.n);
	return 0;
}
