/*
 * What the rules begin with: what steps 403 and 407 had as constants.
 */
#include "core/bytes.h"
#include "stdio/rules.h"
#include "stdio/workers.h"

#define FIRST                                                                                  \
	{                                                                                      \
		[MAP_VIEW] = 128 * KIB, [MAP_SMALL] = 1024 * KIB, [MAP_AGAIN] = 64 * KIB,      \
		[LEAST] = 4 * KIB, [MOST] = 256 * KIB, [RANGES] = MAX_WORKERS, [AFTER_4K] = 1, \
		[AFTER_64K] = 1, [AFTER_1M] = 1, [AFTER_ALL] = 1,                              \
	}

const uint64_t rules_first[NRULES] = FIRST;
uint64_t rules_now[NRULES] = FIRST;
