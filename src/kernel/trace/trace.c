/*
 * What trace_start() and trace_dump() do in a kernel whose functions the compiler has
 * instrumented (make trace-100): every call and return is noted with its time, until
 * the buffer is full, and printed when the clock has stopped. Which functions those are
 * is src/build.mk's choice.
 *
 * Cost: 1 MiB, and for each call and each return one reading of the time stamp counter,
 * which the times in the trace include. The first 80 pages or so of the slowest step fit.
 */
#include "kernel/trace.h"
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/machine/cpu.h"
#include "kernel/machine/machine.h"
#include "kernel/page.h"

COUNTER(dropped, "trace.dropped");

/* The kernel is linked into the top 2 GiB, so half an address names a function. */
struct event {
	uint64_t ticks;
	uint32_t function; /* less KERNEL_BASE */
	bool leaves;
};

#define NEVENTS  ((size_t)1 << 16)
#define NPAGES   (NEVENTS * sizeof(struct event) / PAGE_SIZE)
#define UNTRACED __attribute__((no_instrument_function))

static struct event *events; /* NULL: not recording */
static size_t nevents;

void UNTRACED __cyg_profile_func_enter(void *function, void *call_site);
void UNTRACED __cyg_profile_func_exit(void *function, void *call_site);

static UNTRACED void note(void *function, bool leaves)
{
	if (!events)
		return;
	if (nevents == NEVENTS) {
		count(&dropped, 1);
		return;
	}
	events[nevents++] = (struct event){
		.ticks = cpu_ticks(),
		.function = (uint32_t)((uint64_t)function - KERNEL_BASE),
		.leaves = leaves,
	};
}

void __cyg_profile_func_enter(void *function, void *call_site)
{
	note(function, false);
}

void __cyg_profile_func_exit(void *function, void *call_site)
{
	note(function, true);
}

UNTRACED void trace_start(void)
{
	events = page_alloc(NPAGES);
	if (!events)
		complain(-ENOMEM, "trace: no run of %zu pages for the events", (size_t)NPAGES);
}

/* A line for each event: "trace <ticks since the one before> <e|x> <address>", in hexadecimal. */
UNTRACED void trace_dump(void)
{
	const struct event *noted = events;
	uint64_t before = noted && nevents ? noted[0].ticks : 0;

	events = NULL;
	for (size_t i = 0; noted && i < nevents; i++) {
		print("trace %llx %c %llx\n", (unsigned long long)(noted[i].ticks - before),
		      noted[i].leaves ? 'x' : 'e',
		      (unsigned long long)(KERNEL_BASE + noted[i].function));
		before = noted[i].ticks;
	}
}
