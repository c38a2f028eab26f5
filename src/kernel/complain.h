/*
 * What the kernel says when something is wrong.
 *
 * An error is printed once, where the thing that is wrong still has a name, and
 * travels upward as a bare -errno:
 *
 *	return complain(-EIO, "virtio-blk: sector %llu: the device reports an error", s);
 *
 * prints "error: virtio-blk: sector 17: … (EIO: input/output error)". So whoever is given an
 * error by a function of the kernel's need not print it, unless the header says that it was
 * not: where only the caller knows a name, or whether it is an error at all.
 */
#ifndef KERNEL_COMPLAIN_H
#define KERNEL_COMPLAIN_H

#include "core/types.h"

/* Print the message with the error's name behind it; returns `err`. */
PRINTF_LIKE(2, 3) int complain(int err, const char *fmt, ...);

/*
 * A broken invariant of our own, never bad input: print the place and end the
 * machine with the exit code for a bug. Does not return.
 */
#define bug(what) bug_at(__FILE__, __LINE__, (what))
#define BUG_ON(condition)                \
	do {                             \
		if (condition)           \
			bug(#condition); \
	} while (0)
_Noreturn void bug_at(const char *file, int line, const char *what);

#endif
