/*
 * How far it is, for those who watch; and how to stop in good order.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/cmd/cmd.h"

#define NS_BETWEEN 500000000u

static volatile sig_atomic_t caught;
static uint64_t next_line; /* when the next one may be printed */
static bool printed;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void print_line(uint64_t done, uint64_t total)
{
	if (total)
		fprintf(stderr, "\r\033[K%llu of %llu MB, %llu %%",
			(unsigned long long)(done / 1000000), (unsigned long long)(total / 1000000),
			(unsigned long long)(min_u64(done, total) * 100 / total));
	else
		fprintf(stderr, "\r\033[K%llu MB", (unsigned long long)(done / 1000000));
	printed = true;
}

int progress(void *what, uint64_t done, uint64_t total)
{
	static int watched = -1;
	uint64_t now;

	if (caught)
		return -EINTR;
	if (watched < 0)
		watched = isatty(STDERR_FILENO);
	if (!watched)
		return 0;
	now = now_ns();
	if (next_line == 0 || now >= next_line) {
		if (next_line)
			print_line(done, total);
		next_line = now + NS_BETWEEN;
	}
	return 0;
}

void progress_done(void)
{
	if (printed)
		fputs("\r\033[K", stderr);
	printed = false;
	next_line = 0;
}

/* What waits is interrupted once more, until it has seen `caught`: the first time, it may have been
 * about to wait. */
static void nudge(int signal)
{
	alarm(1);
}

static void note(int signal)
{
	caught = signal;
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = nudge }, NULL);
	alarm(1);
}

/* Those whose default is something else, or that say that the program itself is broken. */
static bool is_other(int signal)
{
	static const int others[] = { SIGCHLD, SIGCONT,  SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
				      SIGURG,  SIGWINCH, SIGKILL, SIGSEGV, SIGBUS,  SIGILL,
				      SIGFPE,  SIGABRT,  SIGTRAP, SIGSYS };

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (others[i] == signal)
			return true;
	return false;
}

/* One that was ignored (nohup) stays ignored, and a handler once set has done its duty. */
void interrupts_catch(void)
{
	struct sigaction old;

	for (int i = 1; i <= SIGRTMAX; i++)
		if (!is_other(i) && sigaction(i, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(
				i,
				&(struct sigaction){ .sa_handler = note, .sa_flags = SA_RESETHAND },
				NULL);
}

void interrupts_obey(void)
{
	if (!caught)
		return;
	progress_done();
	signal(caught, SIG_DFL);
	raise(caught);
}
