/*
 * Claims about the core library: a named test that is right, or says where it is not.
 *
 *	CLAIM(an_empty_list_has_no_front)
 *	{
 *		…
 *		CHECK(!list_front(&head), "got %p", (void *)list_front(&head));
 *	}
 *
 * test_core.py finds the claims by their names and runs each in a process of its own:
 * `claims an_empty_list_has_no_front` exits with 0, or 1 and one line of explanation.
 */
#ifndef TESTS_CORE_CHECK_H
#define TESTS_CORE_CHECK_H

#include <stdint.h>

struct claim {
	const char *name;
	void (*check)(void);
};

#define CLAIM(id)                                                                    \
	static void id(void);                                                        \
	static const struct claim claim_##id                                         \
		__attribute__((section("claims"), used, aligned(16))) = { #id, id }; \
	static void id(void)

/* The message says what was got; the condition itself is printed in front of it. */
#define CHECK(condition, ...)                                                \
	do {                                                                 \
		if (!(condition))                                            \
			broken(__FILE__, __LINE__, #condition, __VA_ARGS__); \
	} while (0)

__attribute__((format(printf, 4, 5))) _Noreturn void broken(const char *file, int line,
							    const char *condition,
							    const char *message, ...);

/* The same sequence on every run: xorshift64*, from the state that the caller keeps. */
uint64_t next_random(uint64_t *state);

#endif
