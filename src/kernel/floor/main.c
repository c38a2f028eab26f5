/*
 * The floor: all of a device into memory that is already warm, in the best requests
 * there are, with no file system in between. No loader on this machine can be faster.
 *
 * chunk=N	bytes in a request (default: 4 MiB)
 * probe=1	no disk: time a loop of 2,000,000 iterations, which tells whether this
 *		accelerator runs code or interprets it
 */
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/blk.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/page.h"
#include "kernel/param.h"

struct settings {
	uint64_t chunk, probe, hold;
};

static int probe(void)
{
	uint64_t began = clock_ns();

	for (volatile unsigned i = 0; i < 2000000; i++)
		;
	print("probe.ns %llu\n", (unsigned long long)(clock_ns() - began));
	return 0;
}

static int read_all(struct blk *dev, char *memory, uint64_t nbytes, uint64_t chunk)
{
	size_t n = div_round_up(nbytes, chunk);
	struct blk_req *reqs = heap_alloc(n * sizeof(*reqs));
	struct seg *segs = heap_alloc(n * sizeof(*segs));
	uint64_t began;
	int err;

	if (!reqs || !segs)
		return complain(-ENOMEM, "%zu requests", n);
	for (size_t i = 0; i < n; i++) {
		uint64_t at = i * chunk;

		segs[i] = (struct seg){ memory + at, min_u64(chunk, nbytes - at) };
		reqs[i] = (struct blk_req){ .sector = at / SECTOR_SIZE,
					    .segs = &segs[i],
					    .nsegs = 1 };
	}
	began = clock_ns();
	err = blk_submit(dev, reqs, n);
	if (!err)
		err = blk_wait(dev);
	if (!err)
		print("load.ns %llu\n", (unsigned long long)(clock_ns() - began));
	return err;
}

static int run(const struct settings *s)
{
	uint64_t nbytes;
	struct blk *dev;
	char *memory;
	int err;

	err = blk_open(&dev);
	if (err)
		return err;
	nbytes = blk_nsectors(dev) * SECTOR_SIZE;
	page_touch_free(false);
	memory = page_alloc(div_round_up(nbytes, PAGE_SIZE));
	if (!memory || s->chunk == 0 || s->chunk % SECTOR_SIZE)
		return complain(-EINVAL,
				"%llu bytes, chunk=%llu: too much memory, or no whole sectors",
				(unsigned long long)nbytes, (unsigned long long)s->chunk);
	return read_all(dev, memory, nbytes, s->chunk);
}

int kernel_run(const char *command_line)
{
	struct settings s = { .chunk = 4 * MIB };
	const struct param table[] = {
		{ "chunk", PARAM_NUMBER, &s.chunk, 0 },
		{ "probe", PARAM_NUMBER, &s.probe, 0 },
		{ "hold", PARAM_NUMBER, &s.hold, 0 },
	};
	int err = params_parse(command_line, table, ARRAY_LEN(table));

	if (!err)
		err = s.probe ? probe() : run(&s);
	if (s.hold)
		console_hold();
	return err;
}
