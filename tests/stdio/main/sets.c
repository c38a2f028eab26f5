/*
 * A set by hand: sets [limit N] [decode] MODE N FILE… word…; N files, and a line for most words.
 *
 *	read I	all of the I-th file | stage I MODE | hint I HINT | end I | mode I | done I
 *	held | fds | limit N | count NAME
 */
#include <unistd.h>
#include "support.h"

static char bytes[4 << 20];

static void say(int64_t n)
{
	if (n < 0)
		printf("-%s\n", error_name(n));
	else
		printf("%lld\n", (long long)n);
}

static void with_file(struct stage_set *set, const char *what, char ***word)
{
	size_t i = atoll(*(*word)++);
	struct stage_file *f;
	int64_t n = stage_set_file(set, i, &f);

	if (n == 0 && strcmp(what, "read") == 0) {
		n = stage_read(f, bytes, sizeof(bytes));
		if (n >= 0)
			printf("%lld %08x\n", (long long)n, crc32(bytes, n));
	} else if (n == 0 && strcmp(what, "stage") == 0) {
		say(n = stage_stage(f, mode_named(*(*word)++)));
	} else if (n == 0 && strcmp(what, "hint") == 0) {
		say(n = stage_hint(f, atoll(*(*word)++), 0, 0));
	} else if (n == 0 && strcmp(what, "end") == 0) {
		say(n = stage_seek(f, 0, SEEK_END));
	} else if (n == 0 && strcmp(what, "mode") == 0) {
		printf("%s\n", mode_name(stage_mode(f)));
	}
	if (n < 0)
		say(n);
}

static void obey(struct stage_set *set, char ***word)
{
	const char *what = *(*word)++;

	if (strcmp(what, "held") == 0)
		say(stage_held());
	else if (strcmp(what, "fds") == 0)
		say(open_fds());
	else if (strcmp(what, "count") == 0)
		say(counted(*(*word)++));
	else if (strcmp(what, "limit") == 0)
		stage_limit(atoll(*(*word)++));
	else if (strcmp(what, "done") == 0)
		stage_set_done(set, atoll(*(*word)++));
	else
		with_file(set, what, word);
}

int main(int argc, char **argv)
{
	struct stage_options o = { .size = sizeof(o) };
	struct stage_set *set;
	char **word = argv + 1;
	size_t n;
	int err;

	if (strcmp(*word, "limit") == 0) {
		stage_limit(atoll(word[1]));
		word += 2;
	}
	if (strcmp(*word, "decode") == 0) {
		o.flags = STAGE_DECODE;
		word++;
	}
	o.mode = mode_named(*word++);
	n = atoll(*word++);
	err = stage_many((const char *const *)word, n, &o, &set);
	if (err) {
		say(err);
		return 0;
	}
	for (word += n; *word;)
		obey(set, &word);
	stage_set_close(set);
	if (stage_held())
		fail("the set is closed, and memory is still held");
	return 0;
}
