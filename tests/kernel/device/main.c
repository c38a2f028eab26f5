/*
 * The block driver of a step against a device that we play ourselves: its registers are
 * plain memory, and it runs whenever the driver looks at the clock.
 *
 *	device BEHAVIOUR	reads sectors, prints the result, exits 0 (read), 1 (refused)
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtio_mmio.h"
#include "kernel/page.h"
#include "kernel/virtio_blk.h"

enum { NSECTORS = 64, SECTORS_ASKED = 16, IN = 2 };

static uint64_t now;
static const char *behaviour;
static bool is(const char *what)
{
	return strcmp(behaviour, what) == 0;
}

/* --- the machine below the driver --- */

static uint32_t registers[128]; /* a device that we never had to find */

void *page_alloc(size_t npages)
{
	return aligned_alloc(PAGE_SIZE, npages * PAGE_SIZE);
}

void page_free(void *pages, size_t npages)
{
	free(pages);
}

void *heap_alloc(size_t n)
{
	return malloc(n);
}

void heap_free(void *p)
{
	free(p);
}

int complain(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("error: ");
	vprintf(fmt, ap);
	printf(" (%s)\n", err_name(err));
	va_end(ap);
	return err;
}

void bug_at(const char *file, int line, const char *what)
{
	printf("panic: %s:%d: %s\n", file, line, what);
	abort();
}

void virtio_reset(struct virtio_dev *dev)
{
	registers[MMIO_STATUS / 4] = 0;
}

/* As machine/blk_dev.c has them; that file looks for a real device. */
int blk_check(const struct blk *dev, const struct blk_req *req)
{
	return 0;
}

int blk_kill(struct blk *dev, int err)
{
	virtio_reset(&dev->dev);
	dev->dead = err;
	return err;
}

/* --- the device --- */

static struct blk dev;
static uint16_t avail_seen;

static void finish(uint16_t id, uint32_t written)
{
	uint16_t *used = (uint16_t *)dev.q.used;
	uint32_t *element = (uint32_t *)(used + 2) + used[1] % dev.q.size * 2;

	element[0] = id;
	element[1] = written;
	used[1]++;
}

/* Carry out one chain as a good device does; returns how many bytes were written. */
static uint32_t serve(uint16_t head)
{
	struct virtq_desc *d = &dev.q.desc[head];
	uint64_t sector = ((struct blk_slot *)ptr_of(d->addr))->head.sector;
	uint32_t written = 0;

	while (d->flags & 1) {
		d = &dev.q.desc[d->next];
		if (!(d->flags & 1))
			break;
		for (uint32_t at = 0; at < d->len; at += SECTOR_SIZE)
			memset((char *)ptr_of(d->addr) + at, (int)(sector++ + 1), SECTOR_SIZE);
		written += d->len;
	}
	*(uint8_t *)ptr_of(d->addr) = is("ioerr") ? VIRTIO_BLK_S_IOERR : is("unsupp") ? 2 : 0;
	return written + 1;
}

static void run_device(void)
{
	uint32_t written;
	uint16_t head;

	if (dev.q.avail[1] == avail_seen || is("silent"))
		return;
	head = dev.q.avail[2 + avail_seen++ % dev.q.size];
	written = serve(head);
	if (is("id-out-of-range"))
		finish(dev.q.size, written);
	else if (is("id-not-outstanding"))
		finish((uint16_t)((head + 1) % dev.q.size), written);
	else if (is("short"))
		finish(head, written - 1);
	else if (is("long"))
		finish(head, written + 1);
	else
		finish(head, written);
	if (is("twice"))
		finish(head, written);
	if (is("leaps"))
		((uint16_t *)dev.q.used)[1] += 1000;
}

uint64_t clock_ns(void)
{
	run_device();
	return now += 1000000;
}

/* --- the test --- */

static int read_all(unsigned char *memory)
{
	struct seg segs[] = { { memory, 5 * SECTOR_SIZE },
			      { memory + 5 * SECTOR_SIZE, 3 * SECTOR_SIZE } };
	struct seg rest = { memory + 8 * SECTOR_SIZE, 8 * SECTOR_SIZE };
	struct blk_req reqs[] = {
		{ .sector = 3, .segs = segs, .nsegs = 2 },
		{ .sector = 40, .segs = &rest, .nsegs = 1 },
	};
	int err = blk_submit(&dev, reqs, ARRAY_LEN(reqs));

	return err ? err : blk_wait(&dev);
}

static int check(const unsigned char *memory)
{
	for (unsigned i = 0; i < SECTORS_ASKED; i++)
		for (unsigned at = 0; at < SECTOR_SIZE; at++)
			if (memory[i * SECTOR_SIZE + at] != (i < 8 ? 3 + i : 40 + i - 8) + 1)
				return complain(-EINVAL, "wrong byte in sector %u of the reply", i);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned char *memory = page_alloc(SECTORS_ASKED * SECTOR_SIZE / PAGE_SIZE);
	int err;

	behaviour = argc == 2 ? argv[1] : "good";
	dev.dev.regs = (volatile uint8_t *)registers;
	dev.nsectors = NSECTORS;
	registers[MMIO_QUEUE_NUM_MAX / 4] = is("tiny-queue") ? 2 : is("small-queue") ? 4 : 1024;
	err = virtq_init(&dev.q, &dev.dev);
	if (err)
		return 1;
	dev.slots = heap_alloc(dev.q.size * sizeof(*dev.slots));
	err = read_all(memory);
	if (!err)
		err = check(memory);
	if (err && dev.dead && read_all(memory) != err)
		err = complain(-EINVAL, "a dead device answers");
	printf("result %s, status register %u\n", err ? err_name(err) : "ok",
	       registers[MMIO_STATUS / 4]);
	virtq_release(&dev.q);
	heap_free(dev.slots);
	free(memory);
	return err ? 1 : 0;
}
