/* Claims about bytes.h: loads, sums that cannot wrap, spans, counted copies. */
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"

static uint64_t counted(const char *name)
{
	uint64_t n = 0;

	for (const struct counter *c = NULL; (c = counter_next(c));)
		if (strcmp(c->name, name) == 0)
			n += c->n;
	return n;
}

CLAIM(copy_bytes_is_memcpy_and_counts_every_byte)
{
	char dst[8] = "........";

	copy_bytes(dst + 1, "abc", 3);
	copy_bytes(dst + 4, "de", 2);
	CHECK(memcmp(dst, ".abcde..", 8) == 0, "got %.8s", dst);
	CHECK(counted("copy.bytes") == 5, "got %lu", counted("copy.bytes"));
	CHECK(counted("zero.bytes") == 0, "got %lu", counted("zero.bytes"));
}

CLAIM(zero_bytes_clears_just_its_range_and_counts_it)
{
	char dst[4] = "....";

	zero_bytes(dst + 1, 2);
	CHECK(memcmp(dst, ".\0\0.", 4) == 0, "got %02x %02x %02x %02x", dst[0], dst[1], dst[2],
	      dst[3]);
	CHECK(counted("zero.bytes") == 2, "got %lu", counted("zero.bytes"));
	CHECK(counted("copy.bytes") == 0, "got %lu", counted("copy.bytes"));
}

CLAIM(loads_are_little_endian_at_any_alignment)
{
	for (size_t at = 0; at < 8; at++) {
		uint8_t *b = malloc(at + 8);
		memcpy(b + at, "\x01\x82\x03\x84\x05\x86\x07\x88", 8);
		CHECK(load_le16(b + at) == 0x8201, "got %x", load_le16(b + at));
		CHECK(load_le32(b + at) == 0x84038201, "got %x", load_le32(b + at));
		CHECK(load_le64(b + at) == 0x8807860584038201, "got %lx", load_le64(b + at));
		free(b);
	}
}

CLAIM(rounding_keeps_multiples_and_moves_the_rest)
{
	CHECK(round_down(0, 4096) == 0 && round_up(0, 4096) == 0, "0 is a multiple");
	CHECK(round_down(4096, 4096) == 4096 && round_up(4096, 4096) == 4096, "4096 is one");
	CHECK(round_down(4097, 4096) == 4096, "got %lu", round_down(4097, 4096));
	CHECK(round_up(4097, 4096) == 8192, "got %lu", round_up(4097, 4096));
	CHECK(round_up(UINT64_MAX, 4096) == 0, "got %lu", round_up(UINT64_MAX, 4096));
}

CLAIM(div_round_up_does_not_overflow)
{
	CHECK(div_round_up(0, 512) == 0, "got %lu", div_round_up(0, 512));
	CHECK(div_round_up(1, 512) == 1, "got %lu", div_round_up(1, 512));
	CHECK(div_round_up(512, 512) == 1, "got %lu", div_round_up(512, 512));
	CHECK(div_round_up(513, 512) == 2, "got %lu", div_round_up(513, 512));
	CHECK(div_round_up(UINT64_MAX, 2) == (uint64_t)1 << 63, "got %lu",
	      div_round_up(UINT64_MAX, 2));
}

CLAIM(fits_is_right_where_the_sum_would_wrap)
{
	static const struct {
		uint64_t start, n, limit;
		bool fits;
	} cases[] = {
		{ 0, 0, 0, true },
		{ 0, 1, 0, false },
		{ 10, 0, 10, true },
		{ 11, 0, 10, false },
		{ 4, 6, 10, true },
		{ 4, 7, 10, false },
		{ UINT64_MAX, 1, 10, false },
		{ 1, UINT64_MAX, 10, false },
		{ 1, UINT64_MAX, UINT64_MAX, false },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, false },
		{ 1, UINT64_MAX - 1, UINT64_MAX, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK(fits(cases[i].start, cases[i].n, cases[i].limit) == cases[i].fits,
		      "case %zu: fits(%lu, %lu, %lu)", i, cases[i].start, cases[i].n,
		      cases[i].limit);
}

CLAIM(smaller_and_larger_are_told_apart)
{
	CHECK(min_u64(3, UINT64_MAX) == 3 && min_u64(UINT64_MAX, 3) == 3, "the smaller is 3");
	CHECK(max_u64(3, UINT64_MAX) == UINT64_MAX, "the larger is 2^64 - 1");
	CHECK(max_u64(UINT64_MAX, 3) == UINT64_MAX, "the larger is 2^64 - 1");
}

CLAIM(spans_are_equal_when_length_and_bytes_are)
{
	struct span nothing = { NULL, 0 };

	CHECK(span_eq(span_of("path"), (struct span){ "pathname", 4 }), "same four bytes");
	CHECK(!span_eq(span_of("path"), span_of("pat")), "one is longer");
	CHECK(!span_eq(span_of("pat"), span_of("path")), "one is longer");
	CHECK(!span_eq(span_of("path"), span_of("bath")), "first byte differs");
	CHECK(span_eq(nothing, span_of("")), "both are empty");
	CHECK(span_eq(nothing, nothing), "both are empty");
	CHECK(!span_eq(nothing, span_of("x")), "one is empty");
}

CLAIM(a_prefix_may_be_empty_but_never_longer)
{
	struct span nothing = { NULL, 0 };

	CHECK(span_starts_with(span_of("load=/x"), span_of("load=")), "begins with load=");
	CHECK(span_starts_with(span_of("load="), span_of("load=")), "begins with itself");
	CHECK(!span_starts_with((struct span){ "load=", 4 }, span_of("load=")), "too short");
	CHECK(!span_starts_with(span_of("reload="), span_of("load=")), "begins with re");
	CHECK(span_starts_with(nothing, span_of("")), "everything begins with nothing");
	CHECK(!span_starts_with(nothing, span_of("x")), "nothing begins with x");
}

static void check_cut(struct span *rest, const char *head, const char *left)
{
	struct span got = span_cut(rest, '/');

	CHECK(span_eq(got, span_of(head)), "got '%.*s', not '%s'", (int)got.n, got.p, head);
	CHECK(span_eq(*rest, span_of(left)), "left '%.*s', not '%s'", (int)rest->n, rest->p, left);
}

CLAIM(cutting_at_slashes_gives_every_component_and_ends)
{
	struct span s = span_of("/bin//program");

	check_cut(&s, "", "bin//program");
	check_cut(&s, "bin", "/program");
	check_cut(&s, "", "program");
	check_cut(&s, "program", "");
	check_cut(&s, "", "");

	s = span_of("dir/");
	check_cut(&s, "dir", "");
	s = (struct span){ NULL, 0 };
	check_cut(&s, "", "");
}

static void check_number(const char *text, int want_err, uint64_t want)
{
	uint64_t got = 77; /* must survive a refusal */
	size_t n = strlen(text);
	char *exact = malloc(n); /* with no zero behind it */

	memcpy(exact, text, n);
	int err = span_to_u64((struct span){ exact, n }, &got);
	free(exact);
	CHECK(err == want_err, "'%s': got %s, not %s", text, err_name(err), err_name(want_err));
	CHECK(got == (err ? 77 : want), "'%s': got %lu", text, got);
}

CLAIM(span_to_u64_reads_everything_up_to_two_to_the_64)
{
	check_number("0", 0, 0);
	check_number("00042", 0, 42);
	check_number("9", 0, 9);
	check_number("18446744073709551609", 0, UINT64_MAX - 6);
	check_number("18446744073709551615", 0, UINT64_MAX);
	check_number("0000000000000000000000018446744073709551615", 0, UINT64_MAX);
}

CLAIM(span_to_u64_refuses_what_does_not_fit)
{
	check_number("18446744073709551616", -ERANGE, 0);
	check_number("18446744073709551620", -ERANGE, 0);
	check_number("99999999999999999999", -ERANGE, 0);
	check_number("184467440737095516160", -ERANGE, 0); /* 2^64 and a digit: it wraps to 0 */
	check_number("184467440737095516150000000000000000000", -ERANGE, 0);
}

CLAIM(span_to_u64_refuses_what_is_no_number)
{
	static const char *const bad[] = { "",    "-1",   "+1",   "1 ",
					   " 1",  "0x10", "1\n",  "1/2",
					   "1:2", "1.0",  "\xb2", "99999999999999999999x" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_number(bad[i], -EINVAL, 0);
}
