/*
 * The time stamp counter against the PIT: two readings of both, 20 ms apart.
 *
 * Source: Intel 8254 data sheet; its input is 1,193,182 Hz on every PC.
 */
#include "kernel/clock.h"
#include "core/err.h"
#include "kernel/machine/cpu.h"

enum { PIT_CHANNEL_0 = 0x40, PIT_COMMAND = 0x43, PIT_MODE_2 = 0x34, PIT_LATCH = 0x00 };
enum { PIT_HZ = 1193182, MEASURE_TICKS = PIT_HZ / 50, POLLS_MAX = 2000000 };

static uint64_t hz, started;
static uint64_t ns_per_tick_32; /* nanoseconds in a tick, times 2^32 */

/* Both clocks at one moment. */
struct reading {
	uint64_t ticks;
	uint16_t pit; /* counts down */
};

static struct reading read_once(uint64_t *width)
{
	struct reading r;
	uint64_t before = cpu_ticks(), after;

	out8(PIT_COMMAND, PIT_LATCH);
	after = cpu_ticks();
	r.pit = in8(PIT_CHANNEL_0);
	r.pit |= (uint16_t)(in8(PIT_CHANNEL_0) << 8);
	*width = after - before;
	r.ticks = before + *width / 2;
	return r;
}

/* The narrowest of some: the host may take the CPU away between the two clocks. */
static struct reading read_both(void)
{
	struct reading best = { 0, 0 };
	uint64_t narrowest = UINT64_MAX, width;

	for (int i = 0; i < 16; i++) {
		struct reading r = read_once(&width);

		if (width < narrowest) {
			narrowest = width;
			best = r;
		}
	}
	return best;
}

int clock_init(void)
{
	struct reading a, b;
	uint32_t polls = 0;
	uint16_t passed;
	uint64_t width;

	out8(PIT_COMMAND, PIT_MODE_2);
	out8(PIT_CHANNEL_0, 0); /* 0 means 65,536: 55 ms until it begins anew */
	out8(PIT_CHANNEL_0, 0);
	a = read_both();
	do {
		if (++polls > POLLS_MAX)
			return -ENODEV;
		b = read_once(&width);
		passed = (uint16_t)(a.pit - b.pit);
	} while (passed < MEASURE_TICKS);
	b = read_both();
	passed = (uint16_t)(a.pit - b.pit);

	hz = (b.ticks - a.ticks) * PIT_HZ / passed;
	if (hz < 1000000)
		return -ENODEV;
	ns_per_tick_32 = (1000000000ull << 32) / hz;
	started = cpu_ticks();
	return 0;
}

uint64_t clock_ns(void)
{
	unsigned __int128 product = (unsigned __int128)(cpu_ticks() - started) * ns_per_tick_32;

	return (uint64_t)(product >> 32);
}

uint64_t clock_hz(void)
{
	return hz;
}
