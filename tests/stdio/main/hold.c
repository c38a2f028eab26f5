/*
 * Who holds bytes: hold CASE.
 *
 *	views		stay while the file is staged otherwise, in every mode
 *	stager		one thread stages a file, three read and view it at offsets, one of them
 *hints seeks		one seeks and reads at the position, three read at offsets; what was held is
 *dropped small		eight threads read four small files, of which not all can be held fork
 *while three threads open, read and close files, children do
 *	blocked		a thread that blocks all signals reads what another has mapped, cut off
 *	quiet		stage_signals(false): nothing is mapped, and no handler is set
 *	hints PATH	maps it, and hints at ranges, for who listens to system calls
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support.h"

#define SIZE   300000
#define ROUNDS 300
#define PATH   "hold.data"

static char data[SIZE];
static struct stage_file *shared;
static bool stop;

static bool goes_on(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void write_file(const char *path, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n || close(fd))
		fail("the test's own file fails");
}

static struct stage_file *open_in(const char *path, enum stage_mode mode)
{
	struct stage_options o = { .size = sizeof(o), .mode = mode };
	struct stage_file *f;

	if (stage_open(path, &o, &f))
		fail("a file cannot be opened");
	return f;
}

static void check(ssize_t n, const char *p, size_t at)
{
	if (n < 0)
		fail(error_name(n));
	if (at + n > SIZE || memcmp(p, data + at, n))
		fail("wrong bytes");
}

/* The work runs in its threads while the last one goes on, and ends with it. */
static void together(void *(*const work[])(void *), int n)
{
	pthread_t threads[8];

	stop = false;
	for (intptr_t i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work[i], (void *)i))
			fail("no thread");
	pthread_join(threads[n - 1], NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < n - 1; i++)
		pthread_join(threads[i], NULL);
}

/* --- a view stays as it is, whatever happens to the file's position or staging ------------------
 */

static void views_from(enum stage_mode from, enum stage_mode to)
{
	struct stage_file *f = open_in(PATH, from);
	struct stage_view v, w;

	if (stage_view(f, 5, SIZE, &v) != SIZE - 5)
		fail("a view is not whole");
	if (stage_stage(f, to) || stage_view(f, 1000, 200000, &w) != 200000)
		fail("a file cannot be staged");
	stage_unstage(f);
	if (stage_is_staged(f))
		fail("what was unstaged is staged");
	check(v.n, v.p, 5);
	check(w.n, w.p, 1000);
	if (stage_release(&v) || stage_release(&w))
		fail("a view of an untouched file is broken");
	stage_close(f);
}

static void views(void)
{
	write_file(PATH, SIZE);
	for (int from = STAGE_ADAPTIVE; from <= STAGE_PREFETCH; from++)
		for (int to = STAGE_ADAPTIVE; to <= STAGE_PREFETCH; to++)
			views_from(from, to);
	if (stage_held())
		fail("bytes are held when all is closed");
}

/* --- threads at offsets, beside one that stages --------------------------------------------------
 */

static void *at_offsets(void *seed)
{
	uint64_t r = (uintptr_t)seed;
	static __thread char to[9000];
	struct stage_view v;

	while (goes_on()) {
		size_t n = 1 + random_next(&r) % sizeof(to);
		size_t at = random_next(&r) % (SIZE - n);

		ssize_t got = stage_view(shared, at, n, &v);

		check(got, v.p, at);
		check(stage_pread(shared, to, n, at), to, at);
		check(got, v.p, at);
		stage_mode(shared);
		if (stage_release(&v))
			fail("a view of an untouched file is broken");
	}
	return NULL;
}

static void *stages(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (stage_stage(shared, i % 4) || stage_hint(shared, i % 5, 4096 * i, 0))
			fail("a file cannot be staged");
		if (i % 3 == 0)
			stage_unstage(shared);
	}
	stage_unstage(shared);
	if (stage_is_staged(shared))
		fail("what was unstaged is staged");
	return NULL;
}

static void *seeks(void *seed)
{
	uint64_t r = (uintptr_t)seed;
	char to[500];

	for (int i = 0; i < 10 * ROUNDS; i++) {
		size_t at = random_next(&r) % (SIZE - sizeof(to));

		if (stage_seek(shared, at, SEEK_SET) != (int64_t)at)
			fail("a seek fails");
		check(stage_read(shared, to, sizeof(to)), to, at);
	}
	return NULL;
}

static void beside(void *(*last)(void *), uint64_t limit)
{
	void *(*const work[])(void *) = { at_offsets, at_offsets, at_offsets, last };

	write_file(PATH, SIZE);
	for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH; mode++) {
		stage_limit(STAGE_LIMIT);
		shared = open_in(PATH, mode);
		stage_limit(limit);
		together(work, 4);
		stage_close(shared);
	}
	if (stage_held())
		fail("bytes are held when all is closed");
}

/* --- what is held is held once -------------------------------------------------------------------
 */

#define FILES 4
#define SMALL 4000

static struct stage_file *files[FILES];

static void *small_files(void *seed)
{
	uint64_t r = (uintptr_t)seed;
	char to[SMALL];

	for (int i = 0; i < 20 * ROUNDS; i++)
		check(stage_pread(files[random_next(&r) % FILES], to, SMALL, 0), to, 0);
	return NULL;
}

static void small(void)
{
	void *(*const work[])(void *) = { small_files, small_files, small_files, small_files,
					  small_files, small_files, small_files, small_files };

	write_file(PATH, SMALL);
	stage_limit(2 * SMALL + 100);
	for (int i = 0; i < FILES; i++)
		files[i] = open_in(PATH, STAGE_PREFETCH);
	together(work, 8);
	for (int i = 0; i < FILES; i++)
		stage_close(files[i]);
	if (stage_held())
		fail("bytes are held when all is closed");
}

/* --- a fork among threads ------------------------------------------------------------------------
 */

static void open_and_read(enum stage_mode mode)
{
	struct stage_file *f = open_in(PATH, mode);
	char to[SMALL];

	check(stage_read(f, to, SMALL), to, 0);
	stage_close(f);
}

static void *opens(void *unused)
{
	for (int i = 0; goes_on(); i++)
		open_and_read(i % 4);
	return NULL;
}

/* A child that hangs is ended by its alarm. */
static void *forks(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			alarm(20);
			for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH; mode++)
				open_and_read(mode);
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			fail("no child");
		if (status)
			fail(WIFSIGNALED(status) ? "a child hangs in its own files"
						 : "a child fails");
	}
	return NULL;
}

/* --- signals -------------------------------------------------------------------------------------
 */

static struct stage_view seen, made;

static void *reads_blocked(void *unused)
{
	static char to[SIZE];
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	if (stage_pread(shared, to, SIZE, 0) != 5000 || stage_pread(shared, to, 100, 9000) != 0)
		fail("a read of what was cut off is not read(2)'s");
	check(5000, to, 0);
	if (stage_read(shared, to, SIZE) != 5000 || stage_gets(shared, to, 100) != 0)
		fail("a read at the position is not read(2)'s");
	if (stage_view(shared, 100, SIZE, &made) < 0)
		fail("a view cannot be made for others");
	return NULL;
}

static void blocked(void)
{
	void *(*const work[])(void *) = { reads_blocked };

	write_file(PATH, SIZE);
	shared = open_in(PATH, STAGE_ADAPTIVE);
	if (stage_view(shared, 0, SIZE, &seen) != SIZE || stage_mode(shared) != STAGE_MMAP)
		fail("the file is not mapped");
	if (truncate(PATH, 5000))
		fail("the file cannot be truncated");
	together(work, 1);
	if (stage_release(&made) != -EIO || stage_release(&seen) != -EIO)
		fail("a view of what was cut off is whole");
	stage_close(shared);
}

static void quiet(void)
{
	struct sigaction before, now;
	struct stage_view v;

	if (sigaction(SIGBUS, NULL, &before))
		fail("sigaction");
	write_file(PATH, SIZE);
	if (!stage_signals(false) || stage_signals(false))
		fail("what it was is not what it was");
	for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH; mode++) {
		struct stage_file *f = open_in(PATH, mode);

		if (stage_view(f, 0, SIZE, &v) != SIZE || stage_stage(f, STAGE_MMAP))
			fail("a file that is not mapped cannot be viewed");
		check(v.n, v.p, 0);
		if (stage_mode(f) == STAGE_MMAP || counted("sys.mmap"))
			fail("a file is mapped, though a map may end in a signal");
		stage_release(&v);
		stage_close(f);
	}
	if (sigaction(SIGBUS, NULL, &now) || now.sa_handler != before.sa_handler)
		fail("a handler is set");
}

static void hints(const char *path)
{
	struct stage_file *f = open_in(path, STAGE_MMAP);
	static const int64_t ranges[][2] = { { 0, 0 }, { 0, 100000 }, { 5000, 20000 } };

	for (int i = 0; i < 3; i++)
		if (stage_hint(f, STAGE_HINT_WILLNEED, ranges[i][0], ranges[i][1]))
			fail("a hint fails");
	stage_close(f);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < SIZE; i++)
		data[i] = i * 7 / 5;
	data[SMALL] = '\n';
	if (strcmp(what, "views") == 0)
		views();
	else if (strcmp(what, "stager") == 0)
		beside(stages, STAGE_LIMIT);
	else if (strcmp(what, "seeks") == 0)
		beside(seeks, 1);
	else if (strcmp(what, "small") == 0)
		small();
	else if (strcmp(what, "blocked") == 0)
		blocked();
	else if (strcmp(what, "quiet") == 0)
		quiet();
	else if (strcmp(what, "hints") == 0 && argc > 2)
		hints(argv[2]);
	else if (strcmp(what, "fork") == 0) {
		void *(*const work[])(void *) = { opens, opens, opens, forks };

		write_file(PATH, SMALL);
		together(work, 4);
	} else
		fail("no such case");
	printf("done\n");
	return 0;
}
