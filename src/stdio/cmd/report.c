/*
 * Counters.
 */
#include <stdlib.h>
#include "core/err.h"
#include "stdio/cmd/cmd.h"

static void print_counter(void *to, const char *name, uint64_t value)
{
	fprintf(to, "%s %llu\n", name, (unsigned long long)value);
}

void print_counters(FILE *to)
{
	stage_counters(print_counter, to);
}

int write_counters(uint64_t ns)
{
	const char *path = getenv("COUNTERS");
	FILE *to;

	if (!path || !*path)
		return 0;
	to = fopen(path, "w");
	if (!to)
		return complain(errno, "%s", path);
	print_counters(to);
	if (ns)
		print_counter(to, "run.ns", ns);
	if (ferror(to) | fclose(to))
		return complain(EIO, "%s", path);
	return 0;
}
