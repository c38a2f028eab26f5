/*
 * The time stamp counter against the PIT: readings of both, 10 ms apart, until two
 * intervals in a row agree to a thousandth.
 *
 * Source: Intel 8254 data sheet; its input is 1,193,182 Hz on every PC.
 */
#include "kernel/clock.h"
#include "core/bytes.h"
#include "core/err.h"
#include "kernel/machine/cpu.h"

enum { PIT_CHANNEL_0 = 0x40, PIT_COMMAND = 0x43, PIT_MODE_2 = 0x34, PIT_LATCH = 0x00 };
enum { PIT_HZ = 1193182, MEASURE_TICKS = PIT_HZ / 100, POLLS_MAX = 2000000 };
enum { HZ_MIN = 1000000, AGREEMENT = 1000, TRIES_MAX = 20 };

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

/* Ticks in a second. A host that takes the CPU away for 55 ms wraps the PIT, and it is too high. */
static int measure_hz(uint64_t *out)
{
	struct reading a = read_both(), b;
	uint32_t polls = 0;
	uint64_t width;

	do {
		if (++polls > POLLS_MAX)
			return -ENODEV;
		b = read_once(&width);
	} while ((uint16_t)(a.pit - b.pit) < MEASURE_TICKS);
	b = read_both();
	*out = (b.ticks - a.ticks) * PIT_HZ / (uint16_t)(a.pit - b.pit);
	return *out < HZ_MIN ? -ENODEV : 0;
}

static bool agree(uint64_t a, uint64_t b)
{
	return max_u64(a, b) - min_u64(a, b) <= a / AGREEMENT;
}

int clock_init(void)
{
	uint64_t last = 0;
	int err, tries = 0;

	out8(PIT_COMMAND, PIT_MODE_2);
	out8(PIT_CHANNEL_0, 0); /* 0 means 65,536: 55 ms until it begins anew */
	out8(PIT_CHANNEL_0, 0);
	do {
		last = hz;
		err = ++tries > TRIES_MAX ? -ETIMEDOUT : measure_hz(&hz);
		if (err)
			return err;
	} while (!agree(hz, last));
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
