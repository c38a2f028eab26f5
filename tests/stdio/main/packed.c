/*
 * packed WHAT FILE LIMIT: the file is opened where LIMIT leaves it no room as it is.
 *
 *	places	questions at random places, and views that stay while others are asked
 *	threads	the same by four threads at once
 *	fail	the same with the first allocation failing, then the second, and so on
 *
 * Each answer must be the file's bytes. Says how many questions, or failed allocations, there were.
 * WRAP=malloc calloc realloc
 */
#include <pthread.h>
#include "support.h"

#define MOST  100000
#define VIEWS 6 /* more than there are slots */

static char *data;
static size_t size;
static struct stage_file *file;

/* --- allocations ----------------------------------------------------------------------------- */

static uint64_t calls, failing; /* the number of the one that fails */

static int fails(void)
{
	return failing && ++calls == failing;
}

#define WRAPPED(name, arguments, values)                      \
	void *__real_##name arguments;                        \
	void *__wrap_##name arguments;                        \
	void *__wrap_##name arguments                         \
	{                                                     \
		return fails() ? NULL : __real_##name values; \
	}

WRAPPED(malloc, (size_t n), (n))
WRAPPED(calloc, (size_t n, size_t m), (n, m))
WRAPPED(realloc, (void *p, size_t n), (p, n))

/* --- questions ------------------------------------------------------------------------------- */

static void check(ssize_t n, const char *p, size_t at, size_t asked)
{
	size_t left = size - at;

	if (n < 0 && failing) /* a copy of a view is memory, too */
		return;
	if (n != (ssize_t)(asked < left ? asked : left))
		fail("too few bytes, or too many");
	if (memcmp(p, data + at, n))
		fail("wrong bytes");
}

static void ask(uint64_t *seed, size_t most)
{
	static _Thread_local char to[MOST];
	size_t n = 1 + random_next(seed) % most, at = random_next(seed) % size;

	check(stage_pread(file, to, n, at), to, at, n);
}

/* Views of a few bytes are seldom of more than a block, so most are in place. */
static void ask_views(uint64_t *seed)
{
	struct stage_view views[VIEWS];
	size_t at[VIEWS];
	ssize_t n[VIEWS];

	for (int i = 0; i < VIEWS; i++) {
		at[i] = random_next(seed) % size;
		n[i] = stage_view(file, at[i], 1000, &views[i]);
	}
	ask(seed, 5000);
	for (int i = 0; i < VIEWS; i++) {
		check(n[i], views[i].p, at[i], 1000);
		if (n[i] >= 0 && stage_release(&views[i]))
			fail("a view of an untouched file is broken");
	}
}

static void *many_questions(void *seed_given)
{
	uint64_t seed = (uintptr_t)seed_given;

	for (int i = 0; i < 100; i++) {
		ask(&seed, i % 4 ? 5000 : MOST);
		ask_views(&seed);
		stage_mode(file);
	}
	return NULL;
}

static void in_threads(void)
{
	pthread_t threads[4];

	for (uintptr_t i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, many_questions, (void *)i))
			fail("no thread");
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* --- the file ------------------------------------------------------------------------------------
 */

static int open_file(const char *path)
{
	struct stage_options o = { .size = sizeof(o), .mode = STAGE_PREFETCH };

	return stage_open(path, &o, &file);
}

static uint64_t fail_each_once(const char *path)
{
	uint64_t seed = 1, staged = 0;

	for (failing = 1;; failing++) {
		calls = 0;
		if (open_file(path) == 0) {
			staged += stage_is_staged(file);
			ask_views(&seed);
			stage_close(file);
		}
		if (stage_held())
			fail("memory is still held");
		if (calls < failing)
			break;
	}
	if (!staged || staged == failing)
		fail("it is always held, or never");
	return failing - 1;
}

static void read_data(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f || fseek(f, 0, SEEK_END))
		fail("the test's own file fails");
	size = ftell(f);
	data = malloc(size);
	rewind(f);
	if (fread(data, 1, size, f) != size)
		fail("the test's own file fails");
	fclose(f);
}

int main(int argc, char **argv)
{
	uint64_t n = 100;

	if (argc != 4)
		fail("packed WHAT FILE LIMIT");
	read_data(argv[2]);
	stage_limit(strtoull(argv[3], NULL, 10));
	if (strcmp(argv[1], "fail") == 0) {
		n = fail_each_once(argv[2]);
	} else {
		if (open_file(argv[2]) || stage_mode(file) != STAGE_PREFETCH)
			fail("it is not held");
		if (strcmp(argv[1], "threads") == 0)
			in_threads();
		else
			many_questions((void *)7);
		stage_close(file);
	}
	printf("%llu\n", (unsigned long long)n);
	free(data);
	return 0;
}
