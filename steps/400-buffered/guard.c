/*
 * Nobody watches: the file below a map had better stay as long as it is.
 */
#include "stdio/guard.h"
#include "stdio/fill.h"

int guard_watch(struct guarded *g, char *p, size_t n)
{
	*g = (struct guarded){ .p = p, .n = n };
	return 0;
}

void guard_forget(struct guarded *g)
{
}

bool guard_broken(const struct guarded *g)
{
	return false;
}

void guard_break(struct guarded *g)
{
}

ssize_t guard_copy(struct guarded *g, void *to, const char *p, size_t n)
{
	deliver(to, p, n);
	return n;
}
