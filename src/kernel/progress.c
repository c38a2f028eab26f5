/* Progress in per cent. See progress.h. */
#include "kernel/progress.h"
#include "kernel/clock.h"
#include "kernel/console.h"

enum { INTERVAL_NS = 250000000 };

void progress(const char *what, uint64_t done, uint64_t total)
{
	static uint64_t due;
	uint64_t now = clock_ns();

	if (done == 0 || done == total)
		due = now + INTERVAL_NS;
	if (now < due)
		return;
	due = now + INTERVAL_NS;
	print("%s %llu %%\n", what, (unsigned long long)(done * 100 / total));
}
