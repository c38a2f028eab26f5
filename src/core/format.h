/*
 * Formatted text without a libc.
 *
 * Understands %d %i %u %x %X %c %s %p %%, the lengths hh h l ll z j t, the flags
 * 0 - and #, a width, and a precision for %s (both may be `*`). A NULL string
 * prints "(null)". At anything else the rest of the format is copied as it stands,
 * because the arguments cannot be told apart any more.
 */
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H

#include <stdarg.h>
#include "core/types.h"

/*
 * Write at most `size` bytes to `buf`, the ending zero included (size 0 writes
 * nothing). Returns the length of the whole text, as snprintf does: a result
 * >= size says that it was cut.
 */
PRINTF_LIKE(3, 4) size_t format(char *buf, size_t size, const char *fmt, ...);
PRINTF_LIKE(3, 0) size_t format_v(char *buf, size_t size, const char *fmt, va_list ap);

#endif
