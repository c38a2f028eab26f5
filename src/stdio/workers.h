/*
 * The same work on many things, in a few threads.
 *
 *	static bool weigh(void *context, size_t i) { … }	may run several times at once
 *	work_all(n, 4, weigh, things);			all n are done, or one said false
 */
#ifndef STDIO_WORKERS_H
#define STDIO_WORKERS_H

#include "core/types.h"

#define MAX_WORKERS 4

/*
 * Call work(context, i) once for each i below `n`, in up to `workers` threads, of which the
 * caller's is one; return when all calls have. They begin in order, and after one that returned
 * false none begins. A thread that cannot be had is done without. Returns how many were started.
 */
unsigned work_all(size_t n, unsigned workers, bool (*work)(void *context, size_t i), void *context);

#endif
