/*
 * What every kernel here does first and last: the machine made ready before its main,
 * the counters printed after it.
 */
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/machine/machine.h"
#include "kernel/page.h"

static int start(const struct pvh_info *info)
{
	int err;

	trap_init();
	if (info->magic != PVH_MAGIC || info->version < 1)
		return complain(-EINVAL, "no PVH start info with a memory map");
	page_init(ptr_of(info->memmap_pa), info->memmap_entries);
	map_init();
	err = clock_init();
	if (err)
		return complain(err, "no clock: the PIT does not count, or not twice the same");
	print("clock.hz %llu\n", (unsigned long long)clock_hz());
	print("%zu MiB of memory\n", page_ntotal() / (MIB / PAGE_SIZE));
	return 0;
}

static void print_counters(void)
{
	for (const struct counter *c = NULL; (c = counter_next(c));)
		print("%s %llu\n", c->name, (unsigned long long)c->n);
}

void kernel_main(uint64_t pvh_info)
{
	const struct pvh_info *info = ptr_of(pvh_info);
	int err = start(info);

	if (!err)
		err = kernel_run(ptr_of(info->cmdline_pa));
	print_counters();
	machine_exit(err ? EXIT_ERROR : EXIT_OK);
}
