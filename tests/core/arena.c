/* Claims about arena.h. */
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "core/arena.h"

#define SIZE 256

CLAIM(an_arena_gives_zeroed_bytes_at_the_alignment_asked_for)
{
	char *memory = memset(malloc(SIZE), 0xee, SIZE);

	for (size_t align = 1; align <= 64; align *= 2) {
		struct arena a = arena_over(memory + 1, SIZE - 1);
		char *p = arena_alloc(&a, 5, align);
		CHECK(p && (uintptr_t)p % align == 0, "align %zu: got %p", align, (void *)p);
		CHECK(p >= memory + 1 && p < memory + 1 + align, "align %zu: got %p over %p", align,
		      (void *)p, (void *)memory);
		for (size_t i = 0; i < 5; i++)
			CHECK(p[i] == 0, "align %zu: byte %zu is %d", align, i, p[i]);
		CHECK(p[5] == (char)0xee, "align %zu: the byte behind was touched", align);
		memset(memory, 0xee, SIZE);
	}
	free(memory);
}

CLAIM(allocations_do_not_overlap_and_use_all_of_the_memory)
{
	char *memory = malloc(SIZE);
	struct arena a = arena_over(memory, SIZE);
	char *before = memory;

	for (size_t n = SIZE; n > 0; n -= 32) {
		CHECK(arena_left(&a) == n, "got %zu, not %zu", arena_left(&a), n);
		char *p = arena_alloc(&a, 32, 16);
		CHECK(p == before, "got %p, not %p", (void *)p, (void *)before);
		before += 32;
	}
	CHECK(arena_left(&a) == 0, "got %zu", arena_left(&a));
	CHECK(!arena_alloc(&a, 1, 1), "a byte out of nothing");
	CHECK(arena_alloc(&a, 0, 1) == memory + SIZE, "no bytes fit anywhere");
	free(memory);
}

CLAIM(what_does_not_fit_is_refused_and_changes_nothing)
{
	char *memory = malloc(SIZE);
	struct arena a = arena_over(memory, SIZE);
	static const size_t too_many[] = { SIZE, SIZE + 1, SIZE_MAX - 15, SIZE_MAX };

	CHECK(arena_alloc(&a, 1, 1), "one byte fits");
	for (size_t i = 0; i < ARRAY_LEN(too_many); i++) {
		CHECK(!arena_alloc(&a, too_many[i], 16), "%zu bytes", too_many[i]);
		CHECK(arena_left(&a) == SIZE - 1, "got %zu", arena_left(&a));
	}
	CHECK(!arena_alloc(&a, 0, SIZE * 4096), "the next multiple lies beyond the end");
	CHECK(arena_alloc(&a, SIZE - 1, 1), "the rest still fits");
	free(memory);
}

CLAIM(going_back_to_a_mark_gives_the_same_memory_again)
{
	char memory[SIZE];
	struct arena a = arena_over(memory, sizeof memory);

	arena_alloc(&a, 10, 1);
	struct arena mark = a;
	char *first = arena_alloc(&a, 20, 8);
	memset(first, 0xee, 20);
	a = mark;
	char *again = arena_alloc(&a, 20, 8);
	CHECK(again == first, "got %p, not %p", (void *)again, (void *)first);
	CHECK(again[0] == 0 && again[19] == 0, "not cleared");
}
