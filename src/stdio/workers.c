/*
 * Each thread takes the next thing until there is none: what is slow holds up one of them.
 */
#include "stdio/workers.h"
#include <pthread.h>
#include <signal.h>
#include "core/bytes.h"

struct queue {
	size_t next;
	size_t n;
	bool (*work)(void *context, size_t i);
	void *context;
};

static void *work_off(void *of)
{
	struct queue *q = of;
	size_t i;

	while ((i = __atomic_fetch_add(&q->next, 1, __ATOMIC_RELAXED)) < q->n)
		if (!q->work(q->context, i))
			__atomic_store_n(&q->next, q->n, __ATOMIC_RELAXED);
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

/* As many as can be had of those that are wanted. */
static unsigned start(pthread_t *threads, unsigned wanted, struct queue *q)
{
	unsigned n = 0;
	sigset_t old;

	block_signals(&old);
	while (n < wanted && pthread_create(&threads[n], NULL, work_off, q) == 0)
		n++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return n;
}

unsigned work_all(size_t n, unsigned workers, bool (*work)(void *context, size_t i), void *context)
{
	struct queue q = { .n = n, .work = work, .context = context };
	unsigned of_use = min_u64(min_u64(workers, MAX_WORKERS), n);
	pthread_t threads[MAX_WORKERS];
	unsigned started = of_use > 1 ? start(threads, of_use - 1, &q) : 0;

	work_off(&q);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return started;
}
