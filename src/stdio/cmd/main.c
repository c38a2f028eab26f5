/*
 * stage: which verb, with which options.
 */
#include <string.h>
#include <unistd.h>
#include "core/err.h"
#include "stdio/cmd/cmd.h"

#define TEXT_OF_THIS(x) #x
#define TEXT_OF(x)      TEXT_OF_THIS(x)

static const struct verb {
	const char *name;
	int (*run)(const struct args *args);
	unsigned options;
	size_t least; /* words that are no options; a --list may stand for them */
	const char *usage;
} verbs[] = {
	{ "cat", cmd_cat, OPT_OPEN, 0, "cat [FILE…]             write files to standard output" },
	{ "cp", cmd_cp, 0, 2, "cp FROM TO              copy a file; - is standard input" },
	{ "sum", cmd_sum, OPT_OPEN | OPT_JSON, 0, "sum [FILE…]             print CRC-32 and size" },
	{ "count", cmd_count, OPT_OPEN | OPT_JSON, 0,
	  "count [FILE…]           count lines, words, bytes, and C tokens" },
	{ "stat", cmd_stat, OPT_OPEN | OPT_JSON, 1,
	  "stat FILE…              print how files would be read" },
	{ "bench", cmd_bench, OPT_OPEN | OPT_BENCH, 1,
	  "bench CASE …            do one thing, to be measured" },
};

static const struct {
	unsigned of; /* enum option; 0: every verb's */
	const char *text;
} options[] = {
	{ OPT_OPEN,
	  "  --mode none|mmap|prefetch|adaptive   how files are read (adaptive)\n"
	  "  --decode                             LZ4 and Zstandard frames as what is in them\n" },
	{ 0, "  --memory N[k|M|G]                    hold no more contents than this (256M)\n" },
	{ OPT_JSON, "  --json                               as JSON\n" },
	{ 0, "  --stats                              the counters, on standard error\n"
	     "  --help, --version                    say this, or which version it is\n" },
	{ OPT_BENCH,
	  "bench: read FILE | random FILE --reads N | again FILE --times N | many FILE… |\n"
	  "  tokens FILE… | copy FROM TO; with --size N, --seed N, --rounds N, --list FILE,\n"
	  "  --view, --set\n" },
};

/* Of one verb, or of all. */
static void usage(FILE *to, const struct verb *of)
{
	fputs("usage:\n", to);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (!of || of == &verbs[i])
			fprintf(to, "  stage %s\n", verbs[i].usage);
	fputs("options:\n", to);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (!of || (options[i].of & of->options) == options[i].of)
			fputs(options[i].text, to);
}

static int wrong(const char *what, const char *word)
{
	fprintf(stderr, "stage: %s%s%s; try `stage --help`\n", what, *word ? ": " : "",
		shown_name(word));
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
	bool lost = fflush(stdout) || ferror(stdout);

	/* Some file systems say it at the end only. Who gave us no output misses none. */
	if (close(STDOUT_FILENO) && errno != EBADF)
		lost = true;
	if (lost) {
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

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Anywhere among a verb's words, but behind "--" they are names. */
static bool asks_for_help(char **words, size_t n)
{
	for (size_t i = 0; i < n && strcmp(words[i], "--"); i++)
		if (is_help(words[i]))
			return true;
	return false;
}

static int run_verb(const struct verb *verb, char **words, size_t n)
{
	struct args args;
	int status = args_parse(&args, words, n, verb->options);

	if (!status && args.nfiles < verb->least)
		status = wrong("not enough arguments for", verb->name);
	if (!status)
		status = run(verb, &args);
	args_free(&args);
	return status;
}

int main(int argc, char **argv)
{
	const struct verb *verb = argc > 1 ? find(argv[1]) : NULL;

	if (argc > 1 && (is_help(argv[1]) || (verb && asks_for_help(argv + 2, argc - 2)))) {
		usage(stdout, verb);
		return finish(0);
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("stage " TEXT_OF(PROGRAM_VERSION));
		return finish(0);
	}
	if (!verb)
		return argc > 1 ? wrong("no such verb", argv[1]) : wrong("what shall I do?", "");
	return run_verb(verb, argv + 2, argc - 2);
}
