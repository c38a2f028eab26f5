/*
 * The stage command: what its verbs share.
 *
 * A verb is a function in a file of its own, named in main.c's table with the options that it
 * takes. It returns the program's exit status: 0, or 1 when a file failed, which complain() has
 * said. Usage errors are found before a verb begins, and are status 2.
 */
#ifndef STDIO_CMD_CMD_H
#define STDIO_CMD_CMD_H

#include <stdio.h>
#include "core/types.h"
#include "stdio/stage.h"

enum { FAILED = 1, USAGE = 2 };

/* Which options a verb takes. */
enum option {
	OPT_OPEN = 1 << 0,  /* --mode --decode */
	OPT_JSON = 1 << 1,  /* --json */
	OPT_BENCH = 1 << 2, /* --size --reads --seed --times --rounds --list --view --set */
};

struct args {
	struct stage_options open;
	bool stats; /* counters on stderr at the end */
	bool json;
	bool view;       /* bench: look at the bytes in place */
	bool set;        /* bench: stage the files together */
	uint64_t memory; /* stage_limit() */
	uint64_t size;   /* bench: bytes at a time */
	uint64_t reads;
	uint64_t seed;
	uint64_t times;
	uint64_t rounds;    /* bench: the whole case so often */
	const char *list;   /* a file that names files, one a line; - is stdin */
	const char **files; /* what is no option */
	size_t nfiles;
	char *names; /* the text of the list, which files points into */
};

/* Sort the words into `to`, to->files included. 0, or USAGE, and it has said why. */
int args_parse(struct args *to, char **words, size_t n, unsigned allowed);

/* Add the files that `list` names. 0, or FAILED, and it has said why. */
int args_read_list(struct args *args);
void args_free(struct args *args);

/* One line on stderr: "stage: …: no such file". Returns FAILED. */
PRINTF_LIKE(2, 3) int complain(int err, const char *fmt, ...);

/* Open a file as the options say; - is stdin. 0, or FAILED, and it has said why. */
int open_file(const char *path, const struct args *args, struct stage_file **out);

/*
 * A name as people may see it: itself, or in a shell's $'…' where it has control characters or is
 * no UTF-8. Good until the second call after this one.
 */
const char *shown_name(const char *name);

/* A path as JSON has it, quotes included. */
void print_json_text(FILE *to, const char *text);

/*
 * For options.progress: after half a second, a line on stderr that says how far it is, if that
 * is a terminal. Stops with -EINTR when a signal has asked for it (interrupts_caught()).
 */
int progress(void *what, uint64_t done, uint64_t total);
void progress_done(void);

/*
 * From now on, whatever signal would end the program stops long work at its next progress(); the
 * second of its kind ends it.
 */
void interrupts_catch(void);
/* If one came, die of it, as whoever sent it expects. */
void interrupts_obey(void);

/* `name value` lines. */
void print_counters(FILE *to);
/* To the file that $COUNTERS names, if it names one; `ns`: run.ns too, if not 0. 0 or FAILED. */
int write_counters(uint64_t ns);

int cmd_bench(const struct args *args);
int cmd_cat(const struct args *args);
int cmd_count(const struct args *args);
int cmd_cp(const struct args *args);
int cmd_stat(const struct args *args);
int cmd_sum(const struct args *args);

#endif
