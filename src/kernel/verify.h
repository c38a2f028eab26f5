/*
 * Proof that a program was loaded right: a checksum of every page.
 *
 * Prints "page <va> <crc32> <rwx>" for each mapped page, in hexadecimal, read
 * through the program's own addresses. The host computes the same from the file.
 */
#ifndef KERNEL_VERIFY_H
#define KERNEL_VERIFY_H

#include "kernel/map.h"

/* -EFAULT: a page that never was allocated has been written to. */
MUST_CHECK int verify_program(struct space *space);

#endif
