/*
 * One measured access pattern: a function for each, in bench_cases.c. It does its work and keeps
 * what it found; bench.c takes the time around it and prints.
 */
#ifndef STDIO_CMD_BENCH_H
#define STDIO_CMD_BENCH_H

#include "stdio/cmd/cmd.h"

struct found {
	uint64_t sum; /* of the bytes, as little-endian numbers of 8 bytes, however they came */
	uint64_t bytes;
	uint64_t tokens;
	char *memory; /* args->size bytes to read into */
};

/* 0 or FAILED, and it has said why. */
int bench_read(const struct args *args, struct found *found);
int bench_random(const struct args *args, struct found *found);
int bench_again(const struct args *args, struct found *found);
int bench_many(const struct args *args, struct found *found);
int bench_tokens(const struct args *args, struct found *found);
int bench_copy(const struct args *args, struct found *found);

#endif
