/*
 * What the rules begin with: constants of step 403, and one range for a copy. The kernel
 * writes to a file under a lock of that file, so that ranges wait for each other there, and what
 * they could read meanwhile is mostly in memory.
 */
#include "core/bytes.h"
#include "stdio/rules.h"

#define FIRST                                                                             \
	{                                                                                 \
		[MAP_VIEW] = 128 * KIB, [MAP_SMALL] = 1024 * KIB, [MAP_AGAIN] = 64 * KIB, \
		[LEAST] = 4 * KIB, [MOST] = 256 * KIB, [RANGES] = 1, [AFTER_4K] = 1,      \
		[AFTER_64K] = 1, [AFTER_1M] = 1, [AFTER_ALL] = 1,                         \
	}

const uint64_t rules_first[NRULES] = FIRST;
uint64_t rules_now[NRULES] = FIRST;
