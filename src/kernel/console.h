/*
 * The serial line: what the kernel says, and how the harness reads it.
 *
 * Lines for people are free text. Lines for programs are `dotted.name number`
 * (counters, and load.ns) and `page va crc prot` (verify=1). An error's line
 * begins with "error: ".
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "core/types.h"

/* A line is cut at 512 bytes. */
PRINTF_LIKE(1, 2) void print(const char *fmt, ...);

#endif
