/* The same work on many things, in a few threads. */
#ifndef STDIO_WORKERS_H
#define STDIO_WORKERS_H

#include "core/types.h"

#define MAX_WORKERS 4

/*
 * Call work(context, i) once for each i below `n`, in up to `workers` threads, of which the
 * caller's is one; return when all calls have. They begin in order. A thread that cannot be had is
 * done without.
 */
void work_all(size_t n, unsigned workers, void (*work)(void *context, size_t i), void *context);

#endif
