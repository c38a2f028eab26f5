/*
 * The locks that are the process's, not a file's. A fork() waits until nobody has one, so that the
 * child has none that was taken by a thread which it has not. Of two, the earlier is taken first.
 */
#ifndef STDIO_LOCK_H
#define STDIO_LOCK_H

enum lock { LOCK_CACHE, LOCK_GUARD, LOCK_RULES, NLOCKS };

void lock_take(enum lock lock);
void lock_give(enum lock lock);

#endif
