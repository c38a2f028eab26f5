/*
 * Progress of long work, one line at most four times a second, and nothing at all
 * when the work is done before the first is due: fast steps pay one clock reading.
 */
#ifndef KERNEL_PROGRESS_H
#define KERNEL_PROGRESS_H

#include "core/types.h"

/* `what` is done to `done` of `total` units. Call as often as you like. */
void progress(const char *what, uint64_t done, uint64_t total);

#endif
