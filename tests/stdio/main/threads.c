/*
 * What may be done at once, done at once: threads [LIMIT]. Under ThreadSanitizer.
 *
 * In each mode: one thread reads a file at its position, two read and view the same one at
 * offsets, and each opens, stages and copies files of its own.
 */
#include <pthread.h>
#include <unistd.h>
#include "support.h"

#define SIZE 200000
#define N    40

static char data[SIZE];
static const char *path;
static struct stage_file *shared;

static void check(ssize_t n, const char *p, size_t at)
{
	if (n < 0 || at + n > SIZE || memcmp(p, data + at, n))
		fail("wrong bytes in a thread");
}

static void *at_offsets(void *seed)
{
	uint64_t r = (uintptr_t)seed;
	char to[5000];
	struct stage_view v;

	for (int i = 0; i < N; i++) {
		size_t at = random_next(&r) % (SIZE - sizeof(to));

		ssize_t n = stage_view(shared, at, sizeof(to), &v);

		check(n, v.p, at);
		check(stage_pread(shared, to, sizeof(to), at), to, at);
		if (stage_release(&v))
			fail("a view of an untouched file is broken");
		stage_mode(shared);
	}
	return NULL;
}

static void *at_position(void *unused)
{
	char to[3000];
	size_t at = 0;
	ssize_t n;

	while ((n = stage_read(shared, to, sizeof(to))) > 0) {
		check(n, to, at);
		at += n;
	}
	return NULL;
}

static void *own_files(void *number)
{
	const char *paths[] = { path, path };
	struct stage_set *set;
	struct stage_file *f;
	char name[40], to[100];

	snprintf(name, sizeof(name), "copy-%d", (int)(uintptr_t)number);
	for (int i = 0; i < 8; i++) {
		struct stage_options o = { .size = sizeof(o), .mode = i % 4 };

		if (stage_many(paths, 2, &o, &set) || stage_set_file(set, i % 2, &f))
			fail("a set cannot be opened");
		check(stage_pread(f, to, sizeof(to), 1000), to, 1000);
		stage_set_done(set, i % 2);
		stage_set_close(set);
		stage_held();
		if (stage_copy(path, name, NULL) != SIZE)
			fail("a copy fails");
	}
	return NULL;
}

static void run(enum stage_mode mode)
{
	static void *(*const work[])(void *) = { at_position, at_offsets, at_offsets, own_files,
						 own_files };
	struct stage_options o = { .size = sizeof(o), .mode = mode };
	pthread_t threads[5];

	if (stage_open(path, &o, &shared))
		fail("the file cannot be opened");
	for (uintptr_t i = 0; i < 5; i++)
		if (pthread_create(&threads[i], NULL, work[i], (void *)i))
			fail("no thread");
	for (int i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	stage_close(shared);
}

int main(int argc, char **argv)
{
	FILE *f = fopen(path = "threads.data", "w");

	for (size_t i = 0; i < SIZE; i++)
		data[i] = i * 7 / 5;
	if (!f || fwrite(data, 1, SIZE, f) != SIZE || fclose(f))
		fail("the test's own file fails");
	if (argc > 1)
		stage_limit(atoll(argv[1]));
	for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH; mode++)
		run(mode);
	printf("done\n");
	return 0;
}
