/*
 * limits LIMIT TURNS OPEN FILES…: stages the files in turn, TURNS times in all, while OPEN of them
 * stay open; after each, what is held must be within LIMIT, and another open file must still
 * have its bytes. Says what the most was; in the end nothing may be left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support.h"

static size_t minimum(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void expect(int right, const char *what, size_t turn)
{
	if (right)
		return;
	fprintf(stderr, "limits: turn %zu: %s\n", turn, what);
	exit(1);
}

/* The files' bytes are their names, over and over: seven letters, and a newline. */
static void look(struct stage_file *file, const char *name, size_t turn)
{
	char got[8];

	expect(stage_pread(file, got, sizeof(got), 8 * (turn % 64)) == sizeof(got), "short", turn);
	expect(memcmp(got, name, 7) == 0 && got[7] == '\n', "another file's bytes", turn);
}

int main(int argc, char **argv)
{
	struct stage_options options = { .size = sizeof(options), .mode = STAGE_PREFETCH };
	size_t limit = strtoull(argv[1], NULL, 10);
	size_t turns = strtoull(argv[2], NULL, 10);
	size_t keep = strtoull(argv[3], NULL, 10);
	struct stage_file **open = calloc(keep, sizeof(struct stage_file *));
	size_t *which = calloc(keep, sizeof(size_t));
	size_t files = argc - 4;
	size_t most = 0;

	stage_limit(limit);
	for (size_t turn = 0; turn < turns; turn++) {
		size_t slot = turn % keep;
		size_t other = turn * 7919 % minimum(turn + 1, keep);

		stage_close(open[slot]);
		which[slot] = turn % files;
		expect(!stage_open(argv[4 + which[slot]], &options, &open[slot]), "open", turn);
		expect(stage_is_staged(open[slot]), "not staged", turn);
		look(open[other], argv[4 + which[other]], turn);
		expect(stage_held() <= limit, "more than the limit", turn);
		most = stage_held() > most ? stage_held() : most;
	}
	for (size_t i = 0; i < keep; i++)
		stage_close(open[i]);
	expect(stage_held() == 0, "something is still held", turns);
	printf("most %zu\n", most);
	free(open);
	free(which);
	return argc < 5;
}
