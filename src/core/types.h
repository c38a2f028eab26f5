/*
 * The types that every file uses: exact integers, sizes, bool, ssize_t, and
 * three macros that say what the compiler should refuse.
 *
 * Only the compiler's own (freestanding) headers, so that the kernel can
 * include it too.
 */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__
#include <sys/types.h>
#else
typedef ptrdiff_t ssize_t; /* a size, or a negative errno */
#endif

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))
/* Arguments are checked like printf's: `fmt` and `args` are parameter numbers. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
/* No padding: the layout is the disk's or the device's. */
#define PACKED __attribute__((packed))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
