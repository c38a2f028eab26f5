/*
 * The interrupt controllers. Setting them up is some twenty stores, once; each interrupt
 * costs one more, to say that it is done.
 */
#include "kernel/interrupts/apic.h"
#include "kernel/machine/machine.h"

enum {
	LOCAL_ID = 0x20,
	LOCAL_DONE = 0xb0,
	LOCAL_SPURIOUS = 0xf0,
	LOCAL_TIMER = 0x320,
	LOCAL_TIMER_COUNT = 0x380,
	LOCAL_TIMER_DIVIDE = 0x3e0,
};
enum { ENABLED = 0x100, PERIODIC = 0x20000, DIVIDE_BY_128 = 0xa };
enum { TICK_COUNT = 390625 }; /* 50 ms at QEMU's 1 GHz; how long exactly does not matter */

enum { IO_VERSION = 1, IO_LINES = 0x10, LEVEL = 0x8000 };
enum { FIRST_IO_APIC = 0xfec00000, SECOND_IO_APIC = 0xfec10000, LOCAL_APIC = 0xfee00000 };

static volatile uint32_t *local(unsigned reg)
{
	return (volatile uint32_t *)ptr_of((uint32_t)LOCAL_APIC + reg);
}

/* An I/O APIC shows one of its registers at a time. */
static volatile uint32_t *io(uint32_t apic, unsigned reg)
{
	volatile uint32_t *window = ptr_of(apic);

	window[0] = reg;
	return &window[4];
}

/* Where there is none, reads give all zeroes or all ones. */
static bool present(uint32_t apic)
{
	uint32_t version = *io(apic, IO_VERSION) & 0xff;

	return version >= 0x10 && version < 0x30;
}

/* A virtio device holds its line until it is acknowledged, hence the level. */
static void route(uint32_t apic, unsigned line)
{
	*io(apic, IO_LINES + 2 * line + 1) = *local(LOCAL_ID) & 0xff000000;
	*io(apic, IO_LINES + 2 * line) = VECTOR_DEVICE | LEVEL;
}

/*
 * With a second I/O APIC the slots' lines lead there, one to one. With the first alone they
 * begin at 16 where there is ACPI, else at 5; nothing else of ours is on either.
 */
static void route_slot(unsigned slot)
{
	if (present(SECOND_IO_APIC)) {
		route(SECOND_IO_APIC, slot);
	} else {
		route(FIRST_IO_APIC, 5 + slot % 8);
		route(FIRST_IO_APIC, 16 + slot % 8);
	}
}

void apic_init(unsigned slot)
{
	*local(LOCAL_SPURIOUS) = ENABLED | VECTOR_SPURIOUS;
	*local(LOCAL_TIMER_DIVIDE) = DIVIDE_BY_128;
	*local(LOCAL_TIMER) = PERIODIC | VECTOR_TICK;
	*local(LOCAL_TIMER_COUNT) = TICK_COUNT;
	route_slot(slot);
}

void apic_done(void)
{
	*local(LOCAL_DONE) = 0;
}
