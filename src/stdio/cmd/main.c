/*
 * stage: which verb, with which options.
 */
#include <string.h>
#include "stdio/cmd/cmd.h"

static const struct verb {
	const char *name;
	int (*run)(const struct args *args);
	unsigned options;
	size_t least; /* words that are no options; a --list may stand for them */
	const char *usage;
} verbs[] = {
	{ "cat", cmd_cat, OPT_OPEN, 0, "cat [FILE…]             write files to standard output" },
	{ "cp", cmd_cp, 0, 2, "cp FROM TO              copy a file" },
	{ "sum", cmd_sum, OPT_OPEN | OPT_JSON, 0, "sum [FILE…]             print CRC-32 and size" },
	{ "count", cmd_count, OPT_OPEN | OPT_JSON, 0,
	  "count [FILE…]           count lines, words, bytes, and C tokens" },
	{ "stat", cmd_stat, OPT_OPEN | OPT_JSON, 1,
	  "stat FILE…              print how files would be read" },
	{ "bench", cmd_bench, OPT_OPEN | OPT_BENCH, 1,
	  "bench CASE …            do one thing, to be measured" },
};

static void usage(FILE *to)
{
	fputs("usage:\n", to);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(to, "  stage %s\n", verbs[i].usage);
	fputs("options:\n"
	      "  --mode none|mmap|prefetch|adaptive   how files are read (adaptive)\n"
	      "  --decode                             LZ4 and Zstandard frames as what is in them\n"
	      "  --memory N[k|M|G]                    hold no more contents than this (256M)\n"
	      "  --json                               as JSON\n"
	      "  --stats                              the counters, on standard error\n"
	      "bench: read FILE | random FILE --reads N | again FILE --times N | many FILE… |\n"
	      "  tokens FILE… | copy FROM TO; with --size N, --seed N, --rounds N, --list FILE,\n"
	      "  --view, --set\n",
	      to);
}

static int wrong(const char *what, const char *word)
{
	fprintf(stderr, "stage: %s%s%s; try `stage --help`\n", what, *word ? ": " : "", word);
	return USAGE;
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* What could not be written to stdout must not look written. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "stage: standard output could not be written\n");
		return FAILED;
	}
	return status;
}

static int run(const struct verb *verb, struct args *args)
{
	int status;

	stage_limit(args->memory);
	status = finish(verb->run(args));
	if (args->stats)
		print_counters(stderr);
	if (verb->run != cmd_bench && write_counters(0))
		status = FAILED;
	return status;
}

int main(int argc, char **argv)
{
	const struct verb *verb = argc > 1 ? find(argv[1]) : NULL;
	struct args args;
	int status;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		usage(stdout);
		return finish(0);
	}
	if (!verb)
		return argc > 1 ? wrong("no such verb", argv[1]) : wrong("what shall I do?", "");
	status = args_parse(&args, argv + 2, argc - 2, verb->options);
	if (!status && args.nfiles < verb->least)
		status = wrong("not enough arguments for", verb->name);
	if (!status)
		status = run(verb, &args);
	args_free(&args);
	return status;
}
