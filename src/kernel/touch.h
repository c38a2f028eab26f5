/*
 * The kernel plays the program: it reads a byte of a page here and there.
 *
 * Which pages, and in which order, depends on a seed and on how many there are, and on
 * nothing else: every step is asked for the same.
 */
#ifndef KERNEL_TOUCH_H
#define KERNEL_TOUCH_H

#include "kernel/program.h"

/* `percent` per cent of the program's pages, rounded up, none of them twice. */
MUST_CHECK int touch_pages(struct program *p, uint64_t percent, uint64_t seed);

#endif
