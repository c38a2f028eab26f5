/*
 * The block driver of a step against a device that we play ourselves: its registers are
 * plain memory, and it runs whenever the driver looks at the clock.
 *
 *	device BEHAVIOUR [FEATURES [NTH [QUEUE [START]]]]
 *
 * Reads sectors, prints counters and the result, exits 0 (read), 1 (refused). FEATURES are
 * what the device offers; its NTH reply is the one that misbehaves; QUEUE is how many
 * descriptors it has; START is how many chains both rings have seen already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/count.h"
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtio_mmio.h"
#include "kernel/page.h"
#include "kernel/virtio_blk.h"

enum { NSECTORS = 512, NREQS = 20, SECTORS_APART = 16, FIRST_SECTOR = 3 };
enum { DESC_NEXT = 1, DESC_INDIRECT = 4 };
enum { IDLE = 0xffffffff }; /* in the notification register: nobody has written there */

static uint64_t now;
static const char *behaviour;
static bool is(const char *what)
{
	return strcmp(behaviour, what) == 0;
}

/* --- the machine below the driver --- */

static uint32_t registers[128]; /* a device that we never had to find */
static bool tables_fail;

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
	return tables_fail ? NULL : malloc(n);
}

void heap_free(void *p)
{
	free(p);
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
static bool awake;
static uint16_t taken[VIRTQ_SIZE]; /* heads of chains that wait to be carried out */
static unsigned ntaken, nreplies, nth, ninterrupts;

static bool has(uint64_t feature)
{
	return dev.dev.features & feature;
}

static volatile uint16_t *avail_event(void)
{
	return &dev.q.used[2 + 4 * dev.q.size];
}

/* As the specification's own words have it, which are not the driver's. */
static bool need_event(uint16_t event, uint16_t new, uint16_t old)
{
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

static void finish(uint16_t id, uint32_t written)
{
	uint16_t *used = (uint16_t *)dev.q.used;
	uint32_t *element = (uint32_t *)(used + 2) + used[1] % dev.q.size * 2;

	element[0] = id;
	element[1] = written;
	used[1]++;
	if (has(VIRTIO_F_EVENT_IDX))
		ninterrupts += need_event(dev.q.avail[2 + dev.q.size], used[1], used[1] - 1);
	else
		ninterrupts += !(dev.q.avail[0] & 1);
}

static int byte_of(uint64_t sector)
{
	return (int)(sector * 31 + 7) & 0xff;
}

/* Carry out one chain as a good device does; returns how many bytes were written. */
static uint32_t serve(uint16_t head, uint8_t status)
{
	struct virtq_desc *table = dev.q.desc, *d = &table[head];
	uint32_t written = 0;
	uint64_t sector;

	if (d->flags & DESC_INDIRECT) {
		BUG_ON(!has(VIRTIO_F_INDIRECT_DESC) || d->flags != DESC_INDIRECT || d->len % 16 ||
		       d->len / 16 > dev.q.size);
		d = table = ptr_of(d->addr);
	}
	sector = ((struct blk_slot *)ptr_of(d->addr))->head.sector;
	for (d = &table[d->next]; d->flags & DESC_NEXT; d = &table[d->next]) {
		for (uint32_t at = 0; at < d->len; at += SECTOR_SIZE)
			memset((char *)ptr_of(d->addr) + at, byte_of(sector++), SECTOR_SIZE);
		written += d->len;
	}
	*(uint8_t *)ptr_of(d->addr) = status;
	return written + 1;
}

static uint16_t not_outstanding(void)
{
	for (uint16_t i = 0; i < dev.q.size; i++)
		if (!dev.q.chains[i].token)
			return i;
	return dev.q.size;
}

static void misbehave(uint16_t head)
{
	uint32_t written = serve(head, is("ioerr") ? VIRTIO_BLK_S_IOERR : is("unsupp") ? 2 : 0);

	if (is("id-out-of-range"))
		finish(dev.q.size, written);
	else if (is("id-not-outstanding"))
		finish(not_outstanding(), written);
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

/* Whether the device wants to be notified of what is added from now on. */
static void want_kicks(bool wanted)
{
	((uint16_t *)dev.q.used)[0] = !wanted;
	*avail_event() = wanted ? avail_seen : avail_seen - 1;
}

static void reply(void)
{
	uint16_t head = taken[0];

	if (is("backwards"))
		head = taken[ntaken - 1];
	else
		memmove(taken, taken + 1, (ntaken - 1) * sizeof(*taken));
	ntaken--;
	if (nreplies++ == nth)
		misbehave(head);
	else
		finish(head, serve(head, VIRTIO_BLK_S_OK));
}

/* Asleep until it is notified; then a reply at a time, until there is nothing left to do. */
static void run_device(void)
{
	bool stopped = is("silent") && nreplies == nth;

	if (registers[MMIO_QUEUE_NOTIFY / 4] != IDLE)
		awake = true;
	registers[MMIO_QUEUE_NOTIFY / 4] = IDLE;
	if (!awake || dev.dead || stopped)
		return;
	want_kicks(false);
	while (avail_seen != dev.q.avail[1])
		taken[ntaken++] = dev.q.avail[2 + avail_seen++ % dev.q.size];
	if (ntaken) {
		reply();
	} else {
		awake = false;
		want_kicks(!is("deaf"));
	}
}

uint64_t clock_ns(void)
{
	run_device();
	return now += 1000000;
}

/* --- the test --- */

/* Request i is for a few sectors in each of 1 + i % 7 places, which lie apart in memory. */
static struct seg segs[NREQS][7];
static struct blk_req reqs[NREQS];

static void make_list(char *memory)
{
	for (unsigned i = 0; i < NREQS; i++) {
		reqs[i] = (struct blk_req){ .sector = FIRST_SECTOR + i * SECTORS_APART,
					    .segs = segs[i],
					    .nsegs = 1 + i % 7 };
		for (unsigned k = 0; k < reqs[i].nsegs; k++)
			segs[i][k] = (struct seg){
				memory + ((6 - k) * NREQS + i) * 2 * SECTOR_SIZE,
				(1 + (i + k) % 2) * SECTOR_SIZE,
			};
	}
}

static int read_all(void)
{
	int err = blk_submit(&dev, reqs, NREQS);

	return err ? err : blk_wait(&dev);
}

static int check_request(const struct blk_req *req)
{
	uint64_t sector = req->sector;

	for (size_t k = 0; k < req->nsegs; k++)
		for (size_t at = 0; at < req->segs[k].n; at++)
			if (((uint8_t *)req->segs[k].p)[at] != byte_of(sector + at / SECTOR_SIZE))
				return complain(-EINVAL, "sector %llu is reported good and is not",
						(unsigned long long)(sector + at / SECTOR_SIZE));
			else if (at + 1 == req->segs[k].n)
				sector += req->segs[k].n / SECTOR_SIZE;
	return 0;
}

/* What is reported good is; and nothing is reported bad without an error for the whole. */
static int check_all(int result)
{
	int err = 0;

	for (unsigned i = 0; i < NREQS && !err; i++) {
		if (!reqs[i].err)
			err = check_request(&reqs[i]);
		else if (!result)
			err = complain(-EINVAL, "request %u failed, and nobody says so", i);
	}
	return err ? err : result;
}

static int open_device(uint64_t offered, uint16_t size, uint16_t start)
{
	int err;

	dev.dev.regs = (volatile uint8_t *)registers;
	dev.dev.features = offered & blk_features;
	dev.nsectors = NSECTORS;
	registers[MMIO_QUEUE_NUM_MAX / 4] = size;
	err = virtq_init(&dev.q, &dev.dev);
	if (err)
		return err;
	dev.slots = heap_alloc(dev.q.size * sizeof(*dev.slots));
	dev.q.used_seen = dev.q.avail_next = dev.q.avail_shown = avail_seen = start;
	dev.q.avail[1] = dev.q.used[1] = start;
	virtq_want_interrupt(&dev.q, false);
	want_kicks(!is("deaf"));
	registers[MMIO_QUEUE_NOTIFY / 4] = IDLE;
	return 0;
}

static uint64_t number(char **argv, int argc, int i, uint64_t otherwise)
{
	return i < argc ? strtoull(argv[i], NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	char *memory = page_alloc(NREQS * 7 * 2 * SECTOR_SIZE / PAGE_SIZE + 1);
	int err;

	behaviour = argc > 1 ? argv[1] : "good";
	nth = (unsigned)number(argv, argc, 3, 0);
	err = open_device(number(argv, argc, 2, 0), (uint16_t)number(argv, argc, 4, 1024),
			  (uint16_t)number(argv, argc, 5, 0));
	if (err) {
		free(memory);
		return 1;
	}
	tables_fail = is("no-memory");
	make_list(memory);
	err = check_all(read_all());
	if (err && dev.dead && read_all() != err)
		err = complain(-EINVAL, "a dead device answers");
	for (const struct counter *c = NULL; (c = counter_next(c));)
		printf("%s %llu\n", c->name, (unsigned long long)c->n);
	printf("device.interrupts %u\n", ninterrupts);
	printf("result %s, status register %u\n", err ? err_name(err) : "ok",
	       registers[MMIO_STATUS / 4]);
	virtq_release(&dev.q);
	heap_free(dev.slots);
	free(memory);
	return err ? 1 : 0;
}
