/*
 * Lines, in however many pieces they come: lines CASE …
 *
 *	messages		100 messages of one byte make a line; then the end
 *	long MODE SIZE		a file that is one line of SIZE bytes, and a short one behind it
 *	random SEED ROUNDS	lines and pieces of any size, through a pipe, a socket or a file
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support.h"

#define LARGEST 70000

static char text[LARGEST];
static char line[LARGEST + 1];

static struct stage_file *over(int fd)
{
	struct stage_file *f;

	if (stage_open_fd(fd, NULL, &f))
		fail("a descriptor cannot be opened");
	return f;
}

static void messages(void)
{
	struct stage_file *f;
	int ends[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		fail("no sockets");
	for (int i = 0; i < 100; i++)
		if (send(ends[1], i == 99 ? "\n" : "x", 1, 0) != 1)
			fail("a message cannot be sent");
	close(ends[1]);
	f = over(ends[0]);
	do {
		n = stage_gets(f, line, sizeof(line));
		printf("%zd\n", n);
	} while (n > 0);
	stage_close(f);
	close(ends[0]);
}

static void long_line(int mode, size_t size)
{
	struct stage_options o = { .size = sizeof(o), .mode = mode };
	char *whole = malloc(size + 2);
	FILE *out = fopen("long", "w");
	struct stage_file *f;
	ssize_t n;

	memset(whole, 'x', size);
	whole[size - 1] = '\n';
	if (!out || fwrite(whole, 1, size, out) != size || fputs("end", out) < 0 || fclose(out))
		fail("the test's own file fails");
	if (stage_open("long", &o, &f))
		fail("the file cannot be opened");
	do {
		whole[0] = '?';
		n = stage_gets(f, whole, size + 2);
		printf("%zd %c\n", n, whole[0]);
	} while (n > 0);
	stage_close(f);
	free(whole);
}

/* --- random ------------------------------------------------------------------------------- */

/* Line ends are near, far, or nowhere. */
static size_t make_text(uint64_t *r)
{
	size_t n = random_next(r) % LARGEST;
	unsigned apart = 1u << random_next(r) % 18;

	for (size_t i = 0; i < n; i++)
		text[i] = random_next(r) % apart == 0 ? '\n' : (char)(random_next(r) % 3 + 'a');
	return n;
}

/* What fgets() would take from `at` on. */
static size_t line_at(size_t at, size_t n, size_t size)
{
	size_t most = n - at < size - 1 ? n - at : size - 1;
	const char *end = memchr(text + at, '\n', most);

	return end ? (size_t)(end + 1 - (text + at)) : most;
}

static void write_pieces(int fd, size_t n, uint64_t r)
{
	unsigned most = 1u << random_next(&r) % 16;

	for (size_t at = 0; at < n;) {
		size_t piece = random_next(&r) % most + 1;
		ssize_t put = write(fd, text + at, piece < n - at ? piece : n - at);

		if (put <= 0)
			_exit(1);
		at += put;
	}
	_exit(0);
}

/* A child writes to a pipe or a stream of messages; or the text is a file. */
static int source(int kind, size_t n, uint64_t r, pid_t *child)
{
	int ends[2];

	*child = 0;
	if (kind == 0) {
		FILE *f = tmpfile();

		if (!f || fwrite(text, 1, n, f) != n || fflush(f))
			fail("the test's own file fails");
		return lseek(fileno(f), 0, SEEK_SET) == 0 ? fileno(f) : -1;
	}
	if (kind == 1 ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		fail("no pipe");
	*child = fork();
	if (*child == 0) {
		close(ends[0]);
		write_pieces(ends[1], n, r);
	}
	close(ends[1]);
	return ends[0];
}

static void compare(struct stage_file *f, size_t n, uint64_t *r)
{
	for (size_t at = 0; at < n;) {
		size_t size = random_next(r) % 3 ? LARGEST : random_next(r) % 300 + 2;
		size_t expected = line_at(at, n, size);
		ssize_t got = stage_gets(f, line, size);

		if (got != (ssize_t)expected || memcmp(line, text + at, got) || line[got])
			fail("another line than fgets() gives");
		at += got;
	}
	line[0] = '?';
	if (stage_gets(f, line, sizeof(line)) != 0 || line[0] != '?')
		fail("something behind the end");
}

static void rounds(uint64_t seed, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t r = seed + i;
		size_t n = make_text(&r);
		pid_t child;
		int fd = source(random_next(&r) % 3, n, r, &child);
		struct stage_file *f = over(fd);

		compare(f, n, &r);
		stage_close(f);
		close(fd);
		if (child)
			waitpid(child, NULL, 0);
	}
	printf("%llu texts\n", (unsigned long long)count);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "messages"))
		messages();
	else if (!strcmp(what, "long") && argc == 4)
		long_line(mode_named(argv[2]), strtoull(argv[3], NULL, 0));
	else if (!strcmp(what, "random") && argc == 4)
		rounds(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
	else
		fail("no such case");
	return 0;
}
