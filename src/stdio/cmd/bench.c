/*
 * stage bench: exactly one thing, and how long it took.
 *
 * run.ns, in the file that $COUNTERS names, is the time of the case alone: the process is there,
 * its options are read, the memory that it reads into has been touched.
 */
#include "stdio/cmd/bench.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "core/err.h"

static const struct bench_case {
	const char *name;
	int (*run)(const struct args *args, struct found *found);
	size_t files; /* 0: any number, also by --list */
} cases[] = {
	{ "read", bench_read, 1 }, { "random", bench_random, 1 }, { "again", bench_again, 1 },
	{ "many", bench_many, 0 }, { "tokens", bench_tokens, 0 }, { "copy", bench_copy, 2 },
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* How fast bytes are copied depends on where they go to. That is no file's doing: to a page. */
static void *page_aligned(size_t n)
{
	void *p;

	return posix_memalign(&p, 4096, n) ? NULL : p;
}

static int timed(const struct bench_case *c, const struct args *args)
{
	struct found found = { .memory = page_aligned(args->size) };
	uint64_t start;
	int status = 0;

	if (!found.memory)
		return complain(-ENOMEM, "%llu bytes at a time", (unsigned long long)args->size);
	memset(found.memory, 1, args->size);
	start = now_ns();
	for (uint64_t i = 0; i < args->rounds && !status; i++)
		status = c->run(args, &found);
	if (!status)
		status = write_counters(now_ns() - start);
	if (!status)
		printf("sum %016llx bytes %llu tokens %llu\n", (unsigned long long)found.sum,
		       (unsigned long long)found.bytes, (unsigned long long)found.tokens);
	free(found.memory);
	return status;
}

static const struct bench_case *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	return NULL;
}

int cmd_bench(const struct args *all)
{
	const struct bench_case *c = find(all->files[0]);
	struct args args = *all;
	int status;

	args.open.progress = NULL; /* who measures wants none */
	args.nfiles = 0;
	args.files = calloc(all->nfiles, sizeof(char *));
	if (!args.files)
		return complain(-ENOMEM, "file names");
	for (size_t i = 1; i < all->nfiles; i++)
		args.files[args.nfiles++] = all->files[i];
	status = args_read_list(&args);
	if (!status && (!c || (c->files ? args.nfiles != c->files : args.nfiles == 0))) {
		fprintf(stderr, "stage: bench %s: %s; try `stage --help`\n", all->files[0],
			c ? "not as many files as it takes" : "no such case");
		status = USAGE;
	}
	if (!status)
		status = timed(c, &args);
	args_free(&args);
	return status;
}
