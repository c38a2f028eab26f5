/*
 * A file is truncated while it is mapped: shrink CASE.
 *
 *	race		by one thread, again and again, under four that read, pread and view it
 *	handler		the program has a handler, and faults of its own
 *	default		it has none, and a fault of its own: ends by SIGBUS
 *	sent, ignored	it is sent a SIGBUS, which it does not, or does, ignore
 *	later		it sets a handler after the first map; says how the next file is read
 *	blocked		it blocks SIGBUS; says how a file is read
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "support.h"

#define SIZE   400000
#define STEPS  40
#define ROUNDS 25
#define PATH   "shrink.data"

static char data[SIZE];
static struct stage_file *shared;
static bool stop;

static void make_file(void)
{
	int fd = open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600);

	for (size_t i = 0; i < SIZE; i++)
		data[i] = i * 7 / 5;
	if (fd < 0 || write(fd, data, SIZE) != SIZE || close(fd))
		fail("the test's own file fails");
}

static struct stage_file *open_map(void)
{
	struct stage_options o = { .size = sizeof(o), .mode = STAGE_MMAP };
	struct stage_file *f;

	if (stage_open(PATH, &o, &f))
		fail("the file cannot be opened");
	return f;
}

/* --- the race ------------------------------------------------------------------------------- */

/* Of what is being cut off, read(2) itself may give zeroes; of what the file still has, nobody. */
static void check(ssize_t n, const char *p, size_t at)
{
	struct stat st;

	if (n < 0)
		fail(error_name(n));
	if (at + n > SIZE || stat(PATH, &st))
		fail("bytes behind the end");
	for (ssize_t i = 0; i < n; i++)
		if (p[i] != data[at + i] && (p[i] || at + i < (size_t)st.st_size))
			fail("bytes that never were in the file");
}

static bool goes_on(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void *preads(void *seed)
{
	uint64_t r = (uintptr_t)seed;
	char to[6000];

	while (goes_on()) {
		size_t n = 1 + random_next(&r) % sizeof(to);
		size_t at = random_next(&r) % (SIZE - n);

		check(stage_pread(shared, to, n, at), to, at);
	}
	return NULL;
}

/* What a view shows is looked at before it is known to be the file's. */
static void *views(void *seed)
{
	uint64_t r = (uintptr_t)seed;
	char to[6000];
	struct stage_view v;

	while (goes_on()) {
		size_t n = 1 + random_next(&r) % sizeof(to);
		size_t at = random_next(&r) % (SIZE - n);
		ssize_t got = stage_view(shared, at, n, &v);

		if (got < 0)
			fail(error_name(got));
		memcpy(to, v.p, got);
		if (stage_release(&v) == 0)
			check(got, to, at);
	}
	return NULL;
}

static void *reads(void *unused)
{
	char to[3000];

	while (goes_on()) {
		struct stage_file *f = open_map();
		size_t at = 0;
		ssize_t n;

		while ((n = stage_read(f, to, sizeof(to))) > 0) {
			check(n, to, at);
			at += n;
		}
		stage_close(f);
	}
	return NULL;
}

static void round_of_the_race(void)
{
	static void *(*const work[])(void *) = { preads, views, views, reads };
	pthread_t threads[4];

	make_file();
	stop = false;
	shared = open_map();
	for (uintptr_t i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, work[i], (void *)i))
			fail("no thread");
	for (int i = 1; i <= STEPS; i++)
		if (truncate(PATH, SIZE - i * (SIZE / STEPS)))
			fail("the file cannot be truncated");
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	stage_close(shared);
}

static void race(void)
{
	for (int i = 0; i < ROUNDS; i++)
		round_of_the_race();
}

/* --- the program's own ----------------------------------------------------------------------- */

static sigjmp_buf back;
static void *volatile told;

static void on_bus(int signal, siginfo_t *info, void *context)
{
	told = info->si_addr;
	siglongjmp(back, 1);
}

static void set_handler(void)
{
	struct sigaction action = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGBUS, &action, NULL))
		fail("sigaction");
}

/* Through a map of the program's own, of a file that has no bytes. */
static volatile char *own_missing_page(void)
{
	int fd = open("own.data", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);

	if (fd < 0 || p == MAP_FAILED)
		fail("the test's own map fails");
	close(fd);
	return p + 4096;
}

/* A view of what is gone: no signal reaches the program, and the view is broken. */
static void lose_a_view(void)
{
	struct stage_file *f = open_map();
	struct stage_view v;

	if (stage_mode(f) != STAGE_MMAP || stage_view(f, 0, SIZE, &v) != SIZE)
		fail("the file is not mapped");
	if (truncate(PATH, 10))
		fail("the file cannot be truncated");
	if (v.p[SIZE - 1] != 0 || v.p[5000] != 0)
		fail("a page that is gone has bytes");
	if (stage_release(&v) != -EIO)
		fail("a view that lost its bytes is whole");
	stage_close(f);
}

static void handler(void)
{
	volatile char *p = own_missing_page();

	make_file();
	set_handler();
	lose_a_view();
	if (told)
		fail("the program was told of a map that is not its own");
	if (sigsetjmp(back, 1) == 0)
		(void)*p;
	if (told != (void *)p)
		fail("the program was not told of its own fault");
	make_file();
	lose_a_view();
}

static void guarded(void (*how)(int))
{
	make_file();
	signal(SIGBUS, how);
	lose_a_view();
}

static void say_how_it_is_read(void)
{
	struct stage_file *f = open_map();
	char to[100];

	check(stage_read(f, to, sizeof(to)), to, 0);
	printf("%s\n", mode_name(stage_mode(f)));
	stage_close(f);
}

static void later(void)
{
	make_file();
	say_how_it_is_read();
	set_handler();
	say_how_it_is_read();
}

static void blocked(void)
{
	sigset_t bus;

	make_file();
	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	pthread_sigmask(SIG_BLOCK, &bus, NULL);
	say_how_it_is_read();
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "race") == 0)
		race();
	else if (strcmp(what, "handler") == 0)
		handler();
	else if (strcmp(what, "later") == 0)
		later();
	else if (strcmp(what, "blocked") == 0)
		blocked();
	else if (strcmp(what, "default") == 0) {
		guarded(SIG_DFL);
		(void)*own_missing_page();
	} else {
		guarded(strcmp(what, "ignored") == 0 ? SIG_IGN : SIG_DFL);
		raise(SIGBUS);
	}
	printf("done\n");
	return 0;
}
