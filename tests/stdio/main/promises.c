/*
 * What stage.h says, sentence by sentence, of the calls that other programs here use and do not
 * look at closely: promises NAME. The sentences are in tests/stdio/test_promises.py.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>
#include "support.h"

#define SIZE 200000

#define EXPECT(what)                                                               \
	do {                                                                       \
		if (!(what)) {                                                     \
			fprintf(stderr, "FAILED: line %d: " #what "\n", __LINE__); \
			exit(1);                                                   \
		}                                                                  \
	} while (0)

static char data[SIZE];

static void write_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	EXPECT(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static struct stage_options in_mode(int mode)
{
	return (struct stage_options){ .size = sizeof(struct stage_options), .mode = mode };
}

static struct stage_file *open_data(int mode)
{
	struct stage_options o = in_mode(mode);
	struct stage_file *f;

	EXPECT(stage_open("data", &o, &f) == 0);
	return f;
}

/* No address that anything has. */
static char nothing;

static void pointers(int mode)
{
	struct stage_options o = in_mode(mode), wrong = in_mode(77);
	struct stage_file *f = (void *)&nothing;
	struct stage_set *set = (void *)&nothing;
	struct stage_view v = { .p = &nothing, .n = 5 };
	const char *const path = "missing";
	int fds[2];

	EXPECT(stage_open("missing", &o, &f) == -ENOENT && f == (void *)&nothing);
	EXPECT(stage_open("data", &wrong, &f) == -EINVAL && f == (void *)&nothing);
	EXPECT(stage_open_fd(-1, &o, &f) == -EBADF && f == (void *)&nothing);
	EXPECT(stage_many(&path, 1, &wrong, &set) == -EINVAL && set == (void *)&nothing);
	EXPECT(stage_many(&path, 1, &o, &set) == 0);
	EXPECT(stage_set_file(set, 0, &f) == -ENOENT && f == (void *)&nothing);
	EXPECT(stage_set_file(set, 1, &f) == -EINVAL && f == (void *)&nothing);
	stage_set_close(set);
	f = open_data(mode);
	EXPECT(stage_view(f, -1, 10, &v) == -EINVAL && v.p == &nothing && v.n == 5);
	stage_close(f);
	EXPECT(pipe(fds) == 0 && stage_open_fd(fds[0], &o, &f) == 0);
	EXPECT(stage_view(f, 0, 10, &v) == -ESPIPE && v.p == &nothing && v.n == 5);
	stage_close(f);
	close(fds[0]);
	close(fds[1]);
}

static void options(int mode)
{
	struct {
		struct stage_options known;
		char later[16];
	} o = { .known = in_mode(mode) };
	struct stage_file *f;

	for (size_t size = 0; size <= sizeof(o); size++) {
		int err = stage_open("data", (o.known.size = size, &o.known), &f);

		EXPECT(err == (size < sizeof(o.known) ? -EINVAL : 0));
		if (!err)
			stage_close(f);
	}
	o.later[15] = 1;
	EXPECT(stage_open("data", &o.known, &f) == -E2BIG);
	o.known = in_mode(mode);
	EXPECT(stage_open("data", &o.known, &f) == 0); /* what is behind `size` is nobody's */
	stage_close(f);
	o.known.flags = STAGE_DECODE << 1;
	EXPECT(stage_open("data", &o.known, &f) == -EINVAL);
	o.known = in_mode(STAGE_PREFETCH + 1);
	EXPECT(stage_open("data", &o.known, &f) == -EINVAL);
	EXPECT(stage_open("data", NULL, &f) == 0);
	stage_close(f);
}

static void *damage_elsewhere(void *unused)
{
	uint64_t at;

	return (void *)stage_damage(&at);
}

static void damage(int mode)
{
	static const char frame[] = "\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff";
	struct stage_options o = in_mode(mode);
	struct stage_file *f;
	pthread_t other;
	void *there;
	uint64_t at;
	int fd;

	write_file("frame", frame, sizeof(frame));
	o.flags = STAGE_DECODE;
	EXPECT(stage_open("frame", &o, &f) < 0);
	EXPECT(pthread_create(&other, NULL, damage_elsewhere, NULL) == 0);
	EXPECT(pthread_join(other, &there) == 0 && !there);
	EXPECT(stage_open("missing", &o, &f) == -ENOENT && !stage_damage(&at));
	EXPECT(stage_open("frame", &o, &f) < 0);
	stage_close(open_data(mode));
	EXPECT(!stage_damage(&at));
	fd = open("frame", O_RDONLY);
	EXPECT(lseek(fd, 1, SEEK_SET) == 1 && stage_open_fd(fd, &o, &f) == -EOPNOTSUPP);
	close(fd);
	EXPECT(stage_copy("frame", "copy", &o) ==
	       sizeof(frame)); /* the flag does not matter there */
}

static void null(int mode)
{
	stage_close(NULL);
	stage_set_close(NULL);
}

static void paths(int mode)
{
	struct stage_options o = in_mode(mode);
	char one[] = "data", two[] = "missing";
	const char *names[] = { one, two };
	struct stage_set *set;
	struct stage_file *f;
	char byte;

	EXPECT(stage_many(names, 2, &o, &set) == 0 && stage_set_count(set) == 2);
	memset(one, 'x', sizeof(one) - 1);
	memset(two, 'x', sizeof(two) - 1);
	names[0] = names[1] = NULL;
	EXPECT(stage_set_file(set, 1, &f) == -ENOENT);
	EXPECT(stage_set_file(set, 0, &f) == 0 && stage_read(f, &byte, 1) == 1 && byte == data[0]);
	EXPECT(stage_set_file(set, 2, &f) == -EINVAL);
	EXPECT(stage_set_file(set, SIZE_MAX, &f) == -EINVAL);
	stage_set_close(set);
	EXPECT(stage_many(NULL, 0, &o, &set) == 0 && stage_set_count(set) == 0);
	stage_set_close(set);
}

/* A pipe that holds less than the file, and does not wait. */
static void sending(int mode)
{
	static char got[SIZE];
	struct stage_file *f = open_data(mode);
	int64_t sent;
	int fds[2];

	EXPECT(pipe2(fds, O_NONBLOCK) == 0 && fcntl(fds[1], F_SETPIPE_SZ, 65536) == 65536);
	EXPECT(stage_read(f, got, 10) == 10);
	EXPECT(stage_send(f, fds[1], 0) == 0 && stage_tell(f) == 10);
	EXPECT(stage_send(f, fds[1], 1000) == 1000 && stage_tell(f) == 1010);
	EXPECT(stage_send(f, fds[1], UINT64_MAX) == -EAGAIN);
	sent = stage_tell(f) - 10;
	EXPECT(sent > 1000 && read(fds[0], got, SIZE) == sent && memcmp(got, data + 10, sent) == 0);
	EXPECT(read(fds[0], got, 1) == -1);
	EXPECT(stage_read(f, got, 5) == 5 && memcmp(got, data + 10 + sent, 5) == 0);
	signal(SIGPIPE, SIG_IGN);
	close(fds[0]);
	sent = stage_tell(f);
	EXPECT(stage_send(f, fds[1], 5) == -EPIPE && stage_tell(f) == sent);
	close(fds[1]);
	stage_close(f);
}

static void hints(int mode)
{
	struct stage_file *f = open_data(mode);

	EXPECT(stage_hint(f, STAGE_HINT_DONTNEED + 1, 0, 0) == -EINVAL);
	EXPECT(stage_hint(f, (enum stage_hint)(-1), 0, 0) == -EINVAL);
	for (int hint = STAGE_HINT_NORMAL; hint <= STAGE_HINT_DONTNEED; hint++) {
		EXPECT(stage_hint(f, hint, -1, 10) == -EINVAL);
		EXPECT(stage_hint(f, hint, 10, -1) == -EINVAL);
		EXPECT(stage_hint(f, hint, 0, 0) == 0);
		EXPECT(stage_hint(f, hint, SIZE - 5, 1000) == 0);
		EXPECT(stage_hint(f, hint, INT64_MAX, 0) == 0);
		EXPECT(stage_hint(f, hint, INT64_MAX, INT64_MAX) == 0);
	}
	stage_close(f);
	EXPECT(stage_stage(f = open_data(mode), (enum stage_mode)(-1)) == -EINVAL);
	EXPECT(stage_stage(f, STAGE_PREFETCH + 1) == -EINVAL);
	stage_close(f);
}

static void before(int mode)
{
	EXPECT(stage_limit(12345) == STAGE_LIMIT);
	EXPECT(stage_limit(UINT64_MAX) == 12345);
	EXPECT(stage_limit(STAGE_LIMIT) == UINT64_MAX);
	EXPECT(stage_signals(false));
	EXPECT(!stage_signals(true));
	EXPECT(stage_signals(true));
}

static void rules(int mode)
{
	char text[4096], part[4096];
	size_t n = stage_rules(text, sizeof(text));
	int pinned;

	EXPECT(n > 0 && n < sizeof(text) && strlen(text) == n && text[n - 1] == '\n');
	EXPECT(stage_rules(NULL, 0) == n);
	for (size_t size = 1; size <= n + 1; size++) {
		memset(part, 'x', sizeof(part));
		EXPECT(stage_rules(part, size) == n && part[size - 1] == '\0' && part[size] == 'x');
		EXPECT(memcmp(part, text, size - 1) == 0);
	}
	pinned = stage_pin_rules(text);
	EXPECT(pinned == 0 || pinned == -EOPNOTSUPP);
	EXPECT(stage_pin_rules("no rule\n") == (pinned ? pinned : -EINVAL));
	EXPECT(stage_pin_rules(NULL) == pinned);
	EXPECT(stage_rules(part, sizeof(part)) == n && strcmp(part, text) == 0);
}

/* How long the view is that begins at `at`, however long it may be; its bytes are the file's. */
static size_t whole_view(struct stage_file *f, size_t at)
{
	struct stage_view v;
	ssize_t n = stage_view(f, at, SIZE_MAX, &v);

	EXPECT(n >= 0 && (size_t)n == v.n && at + n <= SIZE && memcmp(v.p, data + at, n) == 0);
	EXPECT(stage_release(&v) == 0);
	return n;
}

static void grown(int mode)
{
	struct stage_options o = in_mode(mode);
	struct stage_file *f;
	struct stage_view v;
	size_t at, next;

	write_file("grows", data, SIZE / 40);
	o.view_max = SIZE_MAX;
	EXPECT(stage_open("grows", &o, &f) == 0);
	EXPECT(whole_view(f, 0) == SIZE / 40);
	write_file("grows", data, SIZE);
	at = whole_view(f, 0);
	EXPECT(at == SIZE / 40 || at == SIZE);
	next = whole_view(f, at);
	if (next == 0) /* an end is told once more */
		next = whole_view(f, at);
	EXPECT(at + next == SIZE);
	EXPECT(whole_view(f, SIZE / 80) + SIZE / 80 == at);
	stage_close(f);
	EXPECT(stage_open("/dev/zero", &o, &f) == 0); /* these have no size */
	EXPECT(stage_view(f, 5, 5000001, &v) == 5000001 && !v.p[0] && !v.p[5000000]);
	EXPECT(stage_release(&v) == 0);
	stage_close(f);
	EXPECT(stage_open("/proc/self/status", &o, &f) == 0);
	EXPECT(stage_view(f, 0, SIZE_MAX, &v) > 100 && memcmp(v.p, "Name:\tpromises", 14) == 0);
	EXPECT(stage_release(&v) == 0);
	stage_close(f);
}

static const struct {
	const char *name;
	void (*keep)(int mode);
} promises[] = {
	{ "pointers", pointers }, { "options", options }, { "damage", damage },
	{ "null", null },         { "paths", paths },     { "sending", sending },
	{ "hints", hints },       { "before", before },   { "rules", rules },
	{ "grown", grown },
};

int main(int argc, char **argv)
{
	uint64_t seed = 1;
	int64_t open;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = random_next(&seed);
	write_file("data", data, SIZE);
	open = open_fds();
	for (size_t i = 0; i < sizeof(promises) / sizeof(*promises); i++) {
		if (argc < 2 || strcmp(argv[1], promises[i].name))
			continue;
		for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH; mode++)
			promises[i].keep(mode);
		EXPECT(open_fds() == open && stage_held() == 0);
		puts("kept");
		return 0;
	}
	fail("no such promise");
}
