/* What the machine says of errors, to the standard output of the programs in this folder. */
#include "kernel/console.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/err.h"
#include "kernel/complain.h"

void print(const char *fmt, ...)
{
}

int complain(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("error: ");
	vprintf(fmt, ap);
	printf(" (%s)\n", err_name(err));
	va_end(ap);
	return err;
}

void bug_at(const char *file, int line, const char *what)
{
	printf("panic: %s:%d: %s\n", file, line, what);
	abort();
}
