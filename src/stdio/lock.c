/*
 * Locks that a fork() leaves free.
 */
#include "stdio/lock.h"
#include <pthread.h>

static pthread_mutex_t locks[NLOCKS] = {
	[LOCK_CACHE] = PTHREAD_MUTEX_INITIALIZER,
	[LOCK_GUARD] = PTHREAD_MUTEX_INITIALIZER,
	[LOCK_RULES] = PTHREAD_MUTEX_INITIALIZER,
};

void lock_take(enum lock lock)
{
	pthread_mutex_lock(&locks[lock]);
}

void lock_give(enum lock lock)
{
	pthread_mutex_unlock(&locks[lock]);
}

static void take_all(void)
{
	for (enum lock lock = 0; lock < NLOCKS; lock++)
		lock_take(lock);
}

static void give_all(void)
{
	for (enum lock lock = NLOCKS; lock > 0;)
		lock_give(--lock);
}

/* No memory for three pointers when a program begins: then it will not get as far as a fork. */
static void __attribute__((constructor)) watch_forks(void)
{
	(void)pthread_atfork(take_all, give_all, give_all);
}
