/*
 * limits MODE LIMIT TURNS OPEN FILES…: stages the files in turn, TURNS times in all, while OPEN of
 * them stay open; after each, what is held must be within LIMIT, and another open file must still
 * have its bytes. Then the same in a set. Says what the most was, and the peak of the process, by
 * the kernel; in the end nothing may be left: no byte, no descriptor, no map.
 */
#include "support.h"

static size_t limit, files, most;

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

static void within_limit(size_t turn)
{
	size_t held = stage_held();

	expect(held <= limit, "more than the limit", turn);
	most = held > most ? held : most;
}

/* The files' bytes are their names, over and over: seven letters, and a newline. */
static void look(struct stage_file *file, const char *name, size_t turn)
{
	char got[8];

	expect(stage_pread(file, got, sizeof(got), 8 * (turn % 64)) == sizeof(got), "short", turn);
	expect(memcmp(got, name, 7) == 0 && got[7] == '\n', "another file's bytes", turn);
}

/* One file after the other, of which `keep` are open at a time. */
static void in_turn(const struct stage_options *options, size_t turns, size_t keep, char **names)
{
	struct stage_file **open = calloc(keep, sizeof(*open));
	size_t *which = calloc(keep, sizeof(*which));

	for (size_t turn = 0; turn < turns; turn++) {
		size_t slot = turn % keep;
		size_t other = turn * 7919 % minimum(turn + 1, keep);

		stage_close(open[slot]);
		which[slot] = turn % files;
		expect(!stage_open(names[which[slot]], options, &open[slot]), "open", turn);
		expect(stage_is_staged(open[slot]), "not staged", turn);
		look(open[other], names[which[other]], turn);
		within_limit(turn);
	}
	for (size_t i = 0; i < keep; i++)
		stage_close(open[i]);
	free(open);
	free(which);
}

/* A set of as many, each asked for and done with in turn, and now and then an early one again. */
static void in_a_set(const struct stage_options *options, size_t turns, char **names)
{
	const char **paths = malloc(turns * sizeof(*paths));
	struct stage_set *set;

	for (size_t i = 0; i < turns; i++)
		paths[i] = names[i % files];
	expect(!stage_many(paths, turns, options, &set), "no set", 0);
	for (size_t turn = 0; turn < turns; turn++) {
		size_t i = turn % 5 ? turn : turn / 500;
		struct stage_file *file;

		expect(!stage_set_file(set, i, &file), "no file in the set", turn);
		look(file, paths[i], turn);
		stage_set_done(set, i);
		within_limit(turn);
	}
	stage_set_close(set);
	free(paths);
}

/* getrusage() would count the process that started this one, too. */
static uint64_t peak_bytes(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	uint64_t kib = 0;
	char line[256];

	while (fgets(line, sizeof(line), status))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoull(line + 6, NULL, 10);
	fclose(status);
	return kib * 1024;
}

int main(int argc, char **argv)
{
	struct stage_options options = { .size = sizeof(options), .mode = mode_named(argv[1]) };
	size_t turns = strtoull(argv[3], NULL, 10);
	int64_t fds = open_fds();

	limit = strtoull(argv[2], NULL, 10);
	files = argc - 5;
	stage_limit(limit);
	in_turn(&options, turns, strtoull(argv[4], NULL, 10), argv + 5);
	in_a_set(&options, turns, argv + 5);
	expect(stage_held() == 0, "something is still held", turns);
	expect(open_fds() == fds, "descriptors are still open", turns);
	expect(counted("sys.mmap") == counted("sys.munmap"), "maps are left", turns);
	printf("most %zu\npeak %llu\n", most, (unsigned long long)peak_bytes());
	return 0;
}
