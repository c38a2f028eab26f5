/*
 * The library by hand: ops [-fd] MODE FILE word…; prints a line for each word.
 *
 *	read N | pread N AT | gets N | view AT N | seek AT set|cur|end | tell | send N
 *	stage MODE | unstage | mode | limit N | held | hint N
 *	wait	says `waiting` and goes on when a line comes on stdin
 *
 * Bytes are printed as `length crc32`, errors as their names: `-EISDIR`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "stdio/stage.h"
#include "support.h"

static char **next_word;

static const char *word(void)
{
	if (!*next_word) {
		fprintf(stderr, "ops: a word is missing\n");
		exit(2);
	}
	return *next_word++;
}

static int64_t number(void)
{
	return strtoll(word(), NULL, 0);
}

static bool is(const char *what, const char *name)
{
	return strcmp(what, name) == 0;
}

static void say(int64_t n)
{
	if (n < 0)
		printf("-%s\n", error_name(n));
	else
		printf("%lld\n", (long long)n);
}

static void say_bytes(int64_t n, const void *p)
{
	if (n < 0)
		say(n);
	else
		printf("%lld %08x\n", (long long)n, crc32(p, n));
}

static void read_words(struct stage_file *f, const char *what)
{
	int64_t n = number();
	char *to = malloc(n ? n : 1);

	if (is(what, "read"))
		n = stage_read(f, to, n);
	else if (is(what, "pread"))
		n = stage_pread(f, to, n, number());
	else
		n = stage_gets(f, to, n);
	say_bytes(n, to);
	free(to);
}

static void view(struct stage_file *f)
{
	int64_t at = number();
	struct stage_view v;
	int64_t n = stage_view(f, at, number(), &v);

	say_bytes(n, n < 0 ? NULL : v.p);
	if (n >= 0 && stage_release(&v))
		printf("broken\n");
}

static void seek(struct stage_file *f)
{
	int64_t at = number();
	const char *from = word();

	say(stage_seek(f, at, is(from, "set") ? SEEK_SET : is(from, "cur") ? SEEK_CUR : SEEK_END));
}

static void wait_for_line(void)
{
	char line[16];

	printf("waiting\n");
	if (!fgets(line, sizeof(line), stdin))
		exit(2);
}

static void obey(struct stage_file *f, const char *what)
{
	if (is(what, "read") || is(what, "pread") || is(what, "gets"))
		read_words(f, what);
	else if (is(what, "view"))
		view(f);
	else if (is(what, "seek"))
		seek(f);
	else if (is(what, "tell"))
		say(stage_tell(f));
	else if (is(what, "send"))
		say(stage_send(f, STDOUT_FILENO, number()));
	else if (is(what, "stage"))
		say(stage_stage(f, mode_named(word())));
	else if (is(what, "unstage"))
		stage_unstage(f);
	else if (is(what, "mode"))
		printf("%s\n", mode_name(stage_mode(f)));
	else if (is(what, "hint"))
		say(stage_hint(f, number(), 0, 0));
	else if (is(what, "limit"))
		stage_limit(number());
	else if (is(what, "held"))
		say(stage_held());
	else if (is(what, "wait"))
		wait_for_line();
	else
		exit(2);
}

int main(int argc, char **argv)
{
	bool by_fd = argc > 1 && is(argv[1], "-fd");
	struct stage_options o = { .size = sizeof(o) };
	struct stage_file *f;
	int fd = -1;
	int err;

	setvbuf(stdout, NULL, _IONBF, 0);
	next_word = argv + 1 + by_fd;
	o.mode = mode_named(word());
	if (by_fd)
		fd = open(word(), O_RDONLY);
	err = by_fd ? stage_open_fd(fd, &o, &f) : stage_open(word(), &o, &f);
	if (err) {
		printf("open -%s\n", error_name(err));
		return 0;
	}
	while (*next_word)
		obey(f, word());
	stage_close(f);
	if (by_fd)
		printf("at %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
	return 0;
}
