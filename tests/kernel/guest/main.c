/*
 * A kernel that tests the machine it stands on: `do=NAME` runs one test, or does one thing
 * that must end in a report. A layer above the steps; its main.c hides the loader's.
 */
#include <string.h>
#include "core/bytes.h"
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/fault.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/map.h"
#include "kernel/page.h"
#include "kernel/param.h"

#define CHECK(condition)                                                               \
	do {                                                                           \
		if (!(condition))                                                      \
			return complain(-EINVAL, "line %d: %s", __LINE__, #condition); \
	} while (0)

/* --- what must work --- */

static int pages_are_distinct_and_come_back(void)
{
	size_t before = page_nfree();
	char *a = page_alloc(1), *b = page_alloc(3), *c = page_alloc(1);

	CHECK(a && b && c && page_nfree() == before - 5);
	memset(a, 'a', PAGE_SIZE);
	memset(b, 'b', 3 * PAGE_SIZE);
	memset(c, 'c', PAGE_SIZE);
	CHECK(a[PAGE_SIZE - 1] == 'a' && b[0] == 'b' && b[3 * PAGE_SIZE - 1] == 'b' && c[0] == 'c');
	page_free(b, 3);
	CHECK(page_alloc(3) == b);
	page_free(a, 1);
	page_free(b, 3);
	page_free(c, 1);
	CHECK(page_nfree() == before);
	return 0;
}

static int page_alloc_says_no(void)
{
	size_t before = page_nfree();

	CHECK(!page_alloc(0));
	CHECK(!page_alloc(before + 1));
	while (page_alloc(1))
		;
	CHECK(page_nfree() == 0 && !heap_alloc(1 << 20));
	return 0;
}

static int heap_pieces_are_apart(void)
{
	enum { N = 200 };
	char *pieces[N];

	for (size_t i = 0; i < N; i++) {
		size_t n = i * 37 % 5000;

		pieces[i] = heap_alloc(n);
		CHECK(pieces[i] && (uint64_t)pieces[i] % 16 == 0);
		memset(pieces[i], (int)i, n);
	}
	for (size_t i = 0; i < N; i++) {
		for (size_t at = 0; at < i * 37 % 5000; at++)
			CHECK(pieces[i][at] == (char)i);
		heap_free(pieces[i]);
	}
	CHECK(!heap_alloc(SIZE_MAX) && !heap_alloc(SIZE_MAX - 8));
	heap_free(NULL);
	return 0;
}

static int spaces_map_find_and_refuse(void)
{
	struct space *s;
	unsigned prot;
	size_t before;
	char *page;

	CHECK(space_open(&s) == 0);
	space_close(s); /* the heap has a page for the struct now, and keeps it */
	before = page_nfree();
	CHECK(space_open(&s) == 0);
	page = page_alloc(1);
	memset(page, 'm', PAGE_SIZE);
	CHECK(space_map(s, 0x7000, page, 1, PROT_R | PROT_X) == 0);
	CHECK(space_map(s, 0x7000, page, 1, PROT_R) == -EEXIST);
	CHECK(space_map(s, 0x7001, page, 1, PROT_R) == -EINVAL);
	CHECK(space_map(s, 0, page, 1, PROT_R) == -EINVAL);
	CHECK(space_map(s, USER_END, page, 1, PROT_R) == -EINVAL);
	CHECK(space_find(s, 0x7fff, &prot) == page && prot == (PROT_R | PROT_X));
	CHECK(!space_find(s, 0x8000, &prot) && !space_find(s, ~0ull, NULL));
	space_use(s);
	CHECK(*(const char *)space_bytes(s, 0x7000) == 'm');
	CHECK(space_protect(s, 0x7000, PROT_R | PROT_W) == 0);
	*(volatile char *)0x7000 = 'w';
	CHECK(page[0] == 'w');
	CHECK(space_protect(s, 0x8000, PROT_R) == -ENOENT);
	space_close(s);
	CHECK(page_nfree() == before);
	return 0;
}

static int a_run_of_pages_is_mapped_whole_or_not_at_all(void)
{
	uint64_t va = 0x40000000 - 2 * PAGE_SIZE; /* across the end of three tables */
	struct space *s;
	size_t before = page_nfree(), n;
	char *pages;

	CHECK(space_open(&s) == 0);
	pages = page_alloc_run(600, &n);
	CHECK(pages && n == 600);
	CHECK(space_map(s, va, pages, 600, PROT_R) == 0);
	for (size_t i = 0; i < 600; i++)
		CHECK(space_find(s, va + i * PAGE_SIZE, NULL) == pages + i * PAGE_SIZE);
	CHECK(!space_find(s, va - PAGE_SIZE, NULL) && !space_find(s, va + 600 * PAGE_SIZE, NULL));
	pages = page_alloc_run(3, &n);
	CHECK(space_map(s, va - 2 * PAGE_SIZE, pages, 3, PROT_R) == -EEXIST);
	CHECK(space_map(s, USER_END - 2 * PAGE_SIZE, pages, 3, PROT_R) == -EINVAL);
	CHECK(!space_find(s, va - 2 * PAGE_SIZE, NULL) && !space_find(s, va - PAGE_SIZE, NULL));
	page_free(pages, 3);
	space_close(s);
	CHECK(before - page_nfree() <= 1); /* the heap may keep a page */
	return 0;
}

static int a_run_of_pages_ends_where_one_is_taken(void)
{
	size_t n, all;
	char *first;

	do /* what booting has given back lies in shorter pieces below */
		first = page_alloc_run(3, &n);
	while (n < 3);
	page_free(first, 2);
	CHECK(page_alloc_run(5, &n) == first && n == 2);
	CHECK(page_alloc_run(5, &n) == first + 3 * PAGE_SIZE && n == 5);
	for (all = page_nfree(); page_alloc_run(SIZE_MAX, &n); all -= n)
		CHECK(n && n <= all);
	CHECK(all == 0 && n == 0);
	return 0;
}

static int a_page_fault_of_the_program_is_an_answer(void)
{
	struct space *s;
	uint8_t byte = 0;
	char *page;

	CHECK(space_open(&s) == 0);
	page = page_alloc(1);
	page[5] = 'p';
	CHECK(space_map(s, 0x7000, page, 1, PROT_R) == 0);
	space_use(s);
	CHECK(user_load(0x7005, &byte) == 0 && byte == 'p');
	for (int i = 0; i < 1000; i++)
		CHECK(user_load(0x8000, &byte) == FAULT_USER && byte == 'p');
	CHECK(user_load(0x7005, &byte) == 0);
	space_close(s);
	return 0;
}

static int canaries_notice_a_stray_write(void)
{
	char *last, *page;

	page_touch_free(true);
	CHECK(!page_canaries_broken());
	page = page_alloc(1);
	memset(page, 0, PAGE_SIZE);
	page_free(page, 1);
	CHECK(!page_canaries_broken());
	last = page + 100 * PAGE_SIZE;
	last[17] ^= 1;
	CHECK(page_canaries_broken() == last);
	return 0;
}

static int copies_move_every_length(void)
{
	static char from[256], to[256 + 16];

	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (char)(i * 7 + 1);
	for (size_t n = 0; n < 80; n++) {
		memset(to, '.', sizeof(to));
		memcpy(to + 3, from + 5, n);
		CHECK(memcmp(to + 3, from + 5, n) == 0 && to[2] == '.' && to[3 + n] == '.');
		memmove(to + 9, to + 3, n);
		CHECK(memcmp(to + 9, from + 5, n) == 0);
		memmove(to + 4, to + 9, n);
		CHECK(memcmp(to + 4, from + 5, n) == 0);
	}
	return 0;
}

static int clock_moves_forward(void)
{
	uint64_t first = clock_ns(), last = first;

	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_ns();

		CHECK(now >= last);
		last = now;
	}
	CHECK(last > first && clock_hz() > 100000000);
	return 0;
}

/* --- what must end in a report --- */

static int read_null(void)
{
	volatile uint64_t nowhere = 8;

	return *(volatile int *)nowhere;
}

static int read_program(void)
{
	volatile uint64_t somewhere = 0x400000;

	return *(volatile int *)somewhere;
}

static int write_code(void)
{
	*(volatile char *)kernel_text = 0;
	return 0;
}

static int execute_data(void)
{
	static char code[] = { (char)0xc3 };

	((void (*)(void))code)();
	return 0;
}

static int overflow_stack(void)
{
	static int (*volatile again)(void) = overflow_stack;
	volatile char local[2048];

	local[0] = 1;
	return again() + local[0];
}

static int free_twice(void)
{
	void *p = heap_alloc(10);

	heap_free(p);
	heap_free(p);
	return 0;
}

static int divide_by_zero(void)
{
	volatile int zero = 0;

	return 7 / zero;
}

static const struct {
	const char *name;
	int (*run)(void);
} tests[] = {
#define TEST(name)          \
	{                   \
#name, name \
	}
	TEST(pages_are_distinct_and_come_back),
	TEST(page_alloc_says_no),
	TEST(a_run_of_pages_is_mapped_whole_or_not_at_all),
	TEST(a_run_of_pages_ends_where_one_is_taken),
	TEST(heap_pieces_are_apart),
	TEST(spaces_map_find_and_refuse),
	TEST(a_page_fault_of_the_program_is_an_answer),
	TEST(canaries_notice_a_stray_write),
	TEST(copies_move_every_length),
	TEST(clock_moves_forward),
	TEST(read_null),
	TEST(read_program),
	TEST(write_code),
	TEST(execute_data),
	TEST(overflow_stack),
	TEST(free_twice),
	TEST(divide_by_zero),
};

static int run_test(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		if (span_eq(span_of(name), span_of(tests[i].name)))
			return tests[i].run();
	return complain(-ENOENT, "no test %s", name);
}

int kernel_run(const char *command_line)
{
	char wanted[64] = "";
	uint64_t hold = 0;
	const struct param table[] = {
		{ "do", PARAM_TEXT, wanted, sizeof(wanted) },
		{ "hold", PARAM_NUMBER, &hold, 0 },
	};
	int err = params_parse(command_line, table, ARRAY_LEN(table));

	if (!err)
		err = run_test(wanted);
	if (hold)
		console_hold();
	return err;
}
