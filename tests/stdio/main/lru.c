/*
 * lru A B C D: four files of one size; what is dropped for whom, and what never is.
 */
#include "support.h"

#define SIZE 65536

static const struct stage_options options = { .size = sizeof(options), .mode = STAGE_PREFETCH };
static struct stage_file *files[4];

static void stage_of(char **paths, int i)
{
	if (stage_open(paths[i], &options, &files[i]))
		fail("a file cannot be opened");
}

static void touch(int i)
{
	char byte;

	if (stage_pread(files[i], &byte, 1, 0) != 1)
		fail("a file cannot be read");
}

/* Which of them are held, as "abd". */
static void say(const char *what)
{
	printf("%s ", what);
	for (int i = 0; i < 4; i++)
		if (files[i] && stage_is_staged(files[i]))
			putchar('a' + i);
	putchar('\n');
}

static void begin(char **paths)
{
	for (int i = 0; i < 4; i++) {
		stage_close(files[i]);
		files[i] = NULL;
	}
	for (int i = 0; i < 3; i++)
		stage_of(paths, i);
}

int main(int argc, char **argv)
{
	struct stage_view view;
	char all[SIZE];

	if (argc != 5)
		fail("four files");
	stage_limit(3 * SIZE);
	begin(argv + 1);
	touch(0);
	stage_of(argv + 1, 3);
	say("used");

	begin(argv + 1);
	stage_hint(files[2], STAGE_HINT_DONTNEED, 0, 0);
	stage_of(argv + 1, 3);
	say("cooled");

	begin(argv + 1);
	stage_hint(files[0], STAGE_HINT_WILLNEED, 0, 0);
	stage_of(argv + 1, 3);
	say("warmed");

	begin(argv + 1);
	if (stage_view(files[0], 0, SIZE, &view) != SIZE)
		fail("no view");
	touch(1);
	touch(2);
	stage_limit(SIZE / 2);
	say("viewed");
	if (view.p[0] != 'a' || view.p[SIZE - 1] != 'a' || stage_release(&view))
		fail("the view has changed");
	say("released");

	stage_limit(3 * SIZE);
	touch(0);
	say("touched");
	if (stage_read(files[0], all, SIZE) != SIZE || all[SIZE - 1] != 'a')
		fail("wrong bytes after a drop");
	touch(0);
	say("read");
	for (int i = 0; i < 4; i++)
		stage_close(files[i]);
	printf("held %llu\n", (unsigned long long)stage_held());
	return 0;
}
