/*
 * The rules that policy.c goes by: numbers with a name. Constants from step 403 on, where they end
 * with MOST; from 412 on, past use moves some of them.
 *
 * Any thread may ask at any time; what is asked for is one load.
 */
#ifndef STDIO_RULES_H
#define STDIO_RULES_H

#include "core/types.h"

enum rule {
	MAP_VIEW,  /* a view of so many bytes is worth a map */
	MAP_SMALL, /* up to this size, a few small ones are; else half the file */
	MAP_AGAIN, /* so is a file of so many that is held; a smaller one, memory */
	LEAST,     /* at a time: for who jumps */
	MOST,      /* and for who reads on */
	RANGES,    /* a large copy is cut into */
	AFTER_4K,  /* after so many passes a file of up to 4 KiB is held */
	AFTER_64K,
	AFTER_1M,
	AFTER_ALL,
	NRULES
};

/* Before anything is learned, and now: first.c. */
extern const uint64_t rules_first[NRULES];
extern uint64_t rules_now[NRULES];

uint64_t rule(enum rule r);
/* The one of a file's size: AFTER_4K to AFTER_ALL. */
enum rule rule_of_size(uint64_t size);

/*
 * A file was closed of which `bytes` were wanted in questions that holding it would have saved;
 * `held`: in the end by a way.
 */
void rules_learn(uint64_t size, uint64_t bytes, bool held);

#endif
