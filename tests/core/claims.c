/* Runs the one claim that argv[1] names. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

extern const struct claim __start_claims[], __stop_claims[];

void broken(const char *file, int line, const char *condition, const char *message, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: not so: %s: ", file, line, condition);
	va_start(ap, message);
	vfprintf(stderr, message, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545F4914F6CDD1D;
}

int main(int argc, char **argv)
{
	for (const struct claim *c = __start_claims; argc == 2 && c < __stop_claims; c++) {
		if (strcmp(c->name, argv[1]) == 0) {
			c->check();
			return 0;
		}
	}
	fprintf(stderr, "usage: claims NAME, one of the CLAIM()s in tests/core\n");
	return 2;
}
