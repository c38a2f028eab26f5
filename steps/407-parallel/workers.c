/*
 * Each thread takes the next thing until there is none: what is slow holds up one of them.
 */
#include "workers.h"
#include <pthread.h>
#include <signal.h>
#include "core/bytes.h"
#include "core/count.h"

COUNTER(started, "threads.started");

struct queue {
	size_t next;
	size_t n;
	void (*work)(void *context, size_t i);
	void *context;
};

static void *work_off(void *of)
{
	struct queue *q = of;
	size_t i;

	while ((i = __atomic_fetch_add(&q->next, 1, __ATOMIC_RELAXED)) < q->n)
		q->work(q->context, i);
	return NULL;
}

/*
 * The program's signal handlers run in the program's threads, not in ours. Only what a thread does
 * to itself cannot wait.
 */
static void block_signals(sigset_t *old)
{
	static const int own[] = { SIGBUS, SIGSEGV, SIGFPE, SIGILL };
	sigset_t others;

	sigfillset(&others);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		sigdelset(&others, own[i]);
	pthread_sigmask(SIG_BLOCK, &others, old);
}

void work_all(size_t n, unsigned workers, void (*work)(void *context, size_t i), void *context)
{
	struct queue q = { .n = n, .work = work, .context = context };
	pthread_t threads[MAX_WORKERS];
	unsigned helpers = 0;
	sigset_t old;

	workers = min_u64(min_u64(workers, MAX_WORKERS), n);
	if (workers > 1) {
		block_signals(&old);
		while (helpers + 1 < workers &&
		       pthread_create(&threads[helpers], NULL, work_off, &q) == 0)
			helpers++;
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	count_shared(&started, helpers);
	work_off(&q);
	while (helpers > 0)
		pthread_join(threads[--helpers], NULL);
}
