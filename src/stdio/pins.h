/*
 * Who looks at a thing just now, and whether it is there at all, in one number. So of those who
 * want to look and the one who wants it gone, one comes first and the other is told, and nobody
 * needs a lock. A number of 0: it is not there, and nobody looks.
 *
 *	pins_begin(&pins);		there from now on; the caller looks at it
 *	if (pins_take(&pins))		as long as it is there
 *		… pins_give(&pins);
 *	if (pins_end(&pins))		nobody was looking: it is gone, and ours to free
 */
#ifndef STDIO_PINS_H
#define STDIO_PINS_H

#include "core/types.h"

#define PINS_THERE (1u << 31)

/* Release: what was written before is seen by all who take a pin. */
static inline void pins_begin(unsigned *pins)
{
	__atomic_store_n(pins, PINS_THERE + 1, __ATOMIC_RELEASE);
}

static inline bool pins_there(const unsigned *pins)
{
	return __atomic_load_n(pins, __ATOMIC_RELAXED) & PINS_THERE;
}

/* Acquire: we see what was there when it began. */
static inline bool pins_take(unsigned *pins)
{
	unsigned now = __atomic_load_n(pins, __ATOMIC_RELAXED);

	do {
		if (!(now & PINS_THERE))
			return false;
	} while (!__atomic_compare_exchange_n(pins, &now, now + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

/* Release: we have looked before it is freed. */
static inline void pins_give(unsigned *pins)
{
	__atomic_fetch_sub(pins, 1, __ATOMIC_RELEASE);
}

static inline bool pins_end(unsigned *pins)
{
	unsigned unpinned = PINS_THERE;

	return __atomic_compare_exchange_n(pins, &unpinned, 0, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Gone, whoever has pins: they are the caller's own. */
static inline void pins_clear(unsigned *pins)
{
	__atomic_store_n(pins, 0, __ATOMIC_RELAXED);
}

#endif
