/* What the kernel says: to standard output, and errors to standard error. */
#include "kernel/console.h"
#include <stdio.h>
#include <stdlib.h>
#include "core/err.h"
#include "core/format.h"
#include "kernel/complain.h"
#include "host.h"

enum { LINE_MAX = 512 };

void print(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format_v(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (!host.quiet)
		fputs(line, stdout);
}

int complain(int err, const char *fmt, ...)
{
	char message[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format_v(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (!host.quiet)
		fprintf(stderr, "error: %s (%s: %s)\n", message, err_name(err), err_text(err));
	return err;
}

void bug_at(const char *file, int line, const char *what)
{
	fprintf(stderr, "panic: %s:%d: %s\n", file, line, what);
	abort();
}
