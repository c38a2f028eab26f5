/*
 * Two numbers, which each thread reads and changes as it likes.
 */
#include "stdio/room.h"
#include "core/bytes.h"
#include "stdio/stage.h"

static uint64_t limit = STAGE_LIMIT;
static uint64_t held;

static bool within(uint64_t taken, uint64_t n)
{
	return fits(taken, n, __atomic_load_n(&limit, __ATOMIC_RELAXED));
}

bool room_take(uint64_t n)
{
	uint64_t taken = room_held();

	do {
		if (!within(taken, n))
			return false;
	} while (!__atomic_compare_exchange_n(&held, &taken, taken + n, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

void room_give(uint64_t n)
{
	__atomic_fetch_sub(&held, n, __ATOMIC_RELAXED);
}

bool room_for(uint64_t n)
{
	return within(room_held(), n);
}

bool room_ever(uint64_t n)
{
	return within(0, n);
}

uint64_t room_limit(uint64_t bytes)
{
	return __atomic_exchange_n(&limit, bytes, __ATOMIC_RELAXED);
}

uint64_t room_held(void)
{
	return __atomic_load_n(&held, __ATOMIC_RELAXED);
}
