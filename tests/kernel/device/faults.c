/*
 * The machine's own files, opened with little memory: who reports an error says so once.
 *
 *	faults blk|space [K]
 *
 * Opens the block device, or an address space and a page in it, and closes it again. The Kth
 * piece of memory cannot be had. Prints what is said, exits 0 (opened), 1 (refused).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtio_mmio.h"
#include "kernel/map.h"
#include "kernel/page.h"
#include "kernel/virtio_blk.h"

const uint64_t blk_features = 0;
uint64_t boot_pml4[SPACE_TABLE_ENTRIES];
char kernel_text[1], kernel_text_end[1], kernel_rodata_end[1], kernel_end[1], stack_guard[1];

static uint32_t registers[128];
static unsigned long nth, left; /* which piece of memory fails; how many are not given back */

static bool fails(void)
{
	static unsigned long n;

	return ++n == nth;
}

void *page_alloc(size_t npages)
{
	void *p = fails() ? NULL : aligned_alloc(PAGE_SIZE, npages * PAGE_SIZE);

	left += p != NULL;
	return p;
}

void page_free(void *pages, size_t npages)
{
	left--;
	free(pages);
}

void *heap_alloc(size_t n)
{
	void *p = fails() ? NULL : malloc(n);

	left += p != NULL;
	return p;
}

void heap_free(void *p)
{
	left -= p != NULL;
	free(p);
}

uint64_t clock_ns(void)
{
	return 0;
}

/* As machine/virtio_mmio.c has them; that file looks for a real device. */
int virtio_find(uint32_t id, struct virtio_dev *out)
{
	registers[MMIO_QUEUE_NUM_MAX / 4] = VIRTQ_SIZE;
	*out = (struct virtio_dev){ .regs = (volatile uint8_t *)registers };
	return 0;
}

int virtio_negotiate(struct virtio_dev *dev, uint64_t known, uint64_t required)
{
	return 0;
}

void virtio_start(struct virtio_dev *dev)
{
}

void virtio_reset(struct virtio_dev *dev)
{
}

uint64_t virtio_config64(const struct virtio_dev *dev, size_t offset)
{
	return 0;
}

static int open_blk(void)
{
	struct blk *dev;
	int err = blk_open(&dev);

	if (!err)
		blk_close(dev);
	return err;
}

/* Whose page it is, space_map() leaves to its caller to say. */
static int map_one(struct space *space)
{
	void *page = page_alloc(1);
	int err = page ? space_map(space, PAGE_SIZE, page, 1, PROT_R) : -ENOMEM;

	if (err && page)
		page_free(page, 1);
	return err ? complain(err, "no page") : 0;
}

static int open_space(void)
{
	struct space *space;
	int err = space_open(&space);

	if (err)
		return err;
	err = map_one(space);
	space_close(space);
	return err;
}

int main(int argc, char **argv)
{
	int err;

	nth = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	err = argc > 1 && !strcmp(argv[1], "blk") ? open_blk() : open_space();
	if (left) {
		printf("%lu pieces of memory are not given back\n", left);
		return 2;
	}
	return err ? 1 : 0;
}
