/*
 * How much contents all files may hold together, and how much they do. Any thread may ask, take
 * and give; who needs others to give first is cache.c's business.
 */
#ifndef STDIO_ROOM_H
#define STDIO_ROOM_H

#include "core/types.h"

/* `n` bytes more, if they are within the limit. */
MUST_CHECK bool room_take(uint64_t n);
void room_give(uint64_t n);

/* Would they be, just now? And if nothing else was held? */
bool room_for(uint64_t n);
bool room_ever(uint64_t n);

/* Set the limit; returns what it was. What is held beyond it stays. */
uint64_t room_limit(uint64_t bytes);
uint64_t room_held(void);

#endif
