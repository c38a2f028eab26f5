/*
 * Hooks around the load for a build that records every call (make trace-N). In every
 * other build they are empty.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

void trace_start(void);
void trace_dump(void);

#endif
