/*
 * Options and file names; and what is said when something is wrong with them.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/cmd/cmd.h"

enum value { FLAG, NUMBER, MODE, TEXT, DECODE };

static const struct known {
	const char *name;
	unsigned of; /* enum option; 0: every verb's */
	enum value value;
	size_t at; /* in struct args */
} known[] = {
	{ "--mode", OPT_OPEN, MODE, offsetof(struct args, open) },
	{ "--decode", OPT_OPEN, DECODE, offsetof(struct args, open) },
	{ "--memory", 0, NUMBER, offsetof(struct args, memory) },
	{ "--stats", 0, FLAG, offsetof(struct args, stats) },
	{ "--json", OPT_JSON, FLAG, offsetof(struct args, json) },
	{ "--view", OPT_BENCH, FLAG, offsetof(struct args, view) },
	{ "--set", OPT_BENCH, FLAG, offsetof(struct args, set) },
	{ "--size", OPT_BENCH, NUMBER, offsetof(struct args, size) },
	{ "--reads", OPT_BENCH, NUMBER, offsetof(struct args, reads) },
	{ "--seed", OPT_BENCH, NUMBER, offsetof(struct args, seed) },
	{ "--times", OPT_BENCH, NUMBER, offsetof(struct args, times) },
	{ "--rounds", OPT_BENCH, NUMBER, offsetof(struct args, rounds) },
	{ "--list", OPT_BENCH, TEXT, offsetof(struct args, list) },
};

static const char *const modes[] = { [STAGE_ADAPTIVE] = "adaptive",
				     [STAGE_NONE] = "none",
				     [STAGE_MMAP] = "mmap",
				     [STAGE_PREFETCH] = "prefetch" };

static int wrong(const char *what, const char *word)
{
	fprintf(stderr, "stage: %s: %s; try `stage --help`\n", shown_name(word), what);
	return USAGE;
}

/* 64k, 1M: powers of 1024. */
static int parse_number(const char *word, uint64_t *out)
{
	static const char units[] = "kMG";
	struct span digits = span_of(word);
	const char *unit = digits.n ? strchr(units, digits.p[digits.n - 1]) : NULL;
	unsigned shift = unit && *unit ? 10 * (unit - units + 1) : 0;
	uint64_t n;

	digits.n -= shift > 0;
	if (span_to_u64(digits, &n) || n > UINT64_MAX >> shift)
		return wrong("not a number like 4096, 64k or 1M", word);
	*out = n << shift;
	return 0;
}

static int parse_mode(const char *word, struct stage_options *to)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(modes[i], word) == 0) {
			to->mode = i;
			return 0;
		}
	return wrong("no mode; there are none, mmap, prefetch, adaptive", word);
}

static int set_option(struct args *to, const struct known *k, const char *value)
{
	void *field = (char *)to + k->at;

	switch (k->value) {
	case FLAG:
		*(bool *)field = true;
		return 0;
	case DECODE:
		to->open.flags |= STAGE_DECODE;
		return 0;
	case NUMBER:
		return parse_number(value, field);
	case MODE:
		return parse_mode(value, &to->open);
	case TEXT:
		*(const char **)field = value;
		return 0;
	}
	return USAGE;
}

static const struct known *find(const char *word, size_t n, unsigned allowed)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i].name) == n && memcmp(known[i].name, word, n) == 0 &&
		    (known[i].of & allowed) == known[i].of)
			return &known[i];
	return NULL;
}

/* --name value or --name=value; *i moves over what was used. */
static int take_option(struct args *to, char **words, size_t n, size_t *i, unsigned allowed)
{
	const char *word = words[*i];
	const char *value = strchr(word, '=');
	const struct known *k = find(word, value ? (size_t)(value - word) : strlen(word), allowed);
	bool flag = k && (k->value == FLAG || k->value == DECODE);

	if (!k || (flag && value))
		return wrong("no such option here", word);
	if (value)
		value++;
	else if (!flag && ++*i == n)
		return wrong("needs a value", word);
	else
		value = words[*i];
	return set_option(to, k, value);
}

int args_parse(struct args *to, char **words, size_t n, unsigned allowed)
{
	bool options = true;
	int status = 0;

	*to = (struct args){
		.open = { .size = sizeof(struct stage_options), .progress = progress },
		.memory = STAGE_LIMIT,
		.size = 64 * KIB,
		.reads = 1000,
		.times = 1,
		.rounds = 1,
		.files = calloc(n + 1, sizeof(char *)),
	};
	if (!to->files)
		return complain(-ENOMEM, "file names");
	for (size_t i = 0; i < n && !status; i++) {
		if (options && strcmp(words[i], "--") == 0)
			options = false;
		else if (options && words[i][0] == '-' && words[i][1])
			status = take_option(to, words, n, &i, allowed);
		else
			to->files[to->nfiles++] = words[i];
	}
	if (!status && to->size == 0)
		status = wrong("0 bytes at a time take for ever", "--size");
	return status;
}

void args_free(struct args *args)
{
	free(args->files);
	free(args->names);
}

int complain(int err, const char *fmt, ...)
{
	va_list ap;

	progress_done();
	fflush(stdout);
	fputs("stage: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err < 0 ? -err : err));
	return FAILED;
}

int open_file(const char *path, const struct args *args, struct stage_file **out)
{
	bool standard = strcmp(path, "-") == 0;
	uint64_t at;
	int err =
		standard ? stage_open_fd(0, &args->open, out) : stage_open(path, &args->open, out);
	const char *what = stage_damage(&at);

	if (!err)
		return 0;
	if (standard)
		path = "standard input";
	path = shown_name(path);
	return what ? complain(err, "%s: offset %llu: %s", path, (unsigned long long)at, what)
		    : complain(err, "%s", path);
}
