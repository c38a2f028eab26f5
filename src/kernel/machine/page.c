/*
 * Pages: one bit for each page of the first 4 GiB, first fit.
 *
 * Taking a single page is O(1) while memory is only taken: `lowest` remembers below
 * which page nothing is free. A run of pages is a scan.
 */
#include "kernel/page.h"
#include "core/bytes.h"
#include "core/count.h"
#include "kernel/complain.h"
#include "kernel/machine/machine.h"

COUNTER(allocs, "page.allocs");
COUNTER(peak, "page.peak");

#define NPAGES (PHYSICAL_END / PAGE_SIZE)
#define CANARY 0x5afe5afe5afe5afeull

static uint64_t taken[NPAGES / 64]; /* set: in use, or no RAM */
static uint64_t ever[NPAGES / 64];  /* set: was in use at some time */
static size_t nfree, ntotal, in_use;
static size_t lowest = 0; /* every page below is taken */
static size_t end = 0;    /* no page from here on is RAM */

static bool bit(const uint64_t *map, size_t i)
{
	return map[i / 64] >> i % 64 & 1;
}

static void set_bit(uint64_t *map, size_t i, bool on)
{
	uint64_t mask = (uint64_t)1 << i % 64;

	map[i / 64] = on ? map[i / 64] | mask : map[i / 64] & ~mask;
}

/* RAM between two addresses becomes free pages; partial pages at its ends are lost. */
static void add_range(uint64_t from, uint64_t to)
{
	for (uint64_t p = round_up(from, PAGE_SIZE); p + PAGE_SIZE <= to; p += PAGE_SIZE) {
		set_bit(taken, p / PAGE_SIZE, false);
		end = max_u64(end, p / PAGE_SIZE + 1);
		nfree++;
	}
}

void page_init(const struct pvh_region *regions, size_t n)
{
	/* Boot data lies below 1 MiB, the kernel from there to its end. */
	uint64_t usable = physical_of(kernel_end);

	for (size_t i = 0; i < NPAGES / 64; i++)
		taken[i] = UINT64_MAX;
	for (size_t i = 0; i < n; i++) {
		uint64_t limit = min_u64(regions[i].addr + regions[i].size, PHYSICAL_END);

		if (regions[i].type == PVH_RAM)
			add_range(max_u64(regions[i].addr, usable), limit);
	}
	ntotal = nfree;
	lowest = usable / PAGE_SIZE;
}

size_t page_ntotal(void)
{
	return ntotal;
}

size_t page_nfree(void)
{
	return nfree;
}

/* The first of `npages` free pages in a row, or `end`. */
static size_t find_run(size_t npages)
{
	size_t run = 0;

	for (size_t i = lowest; i < end; i++) {
		run = bit(taken, i) ? 0 : run + 1;
		if (run == npages)
			return i + 1 - npages;
	}
	return end;
}

static void skip_taken(void)
{
	while (lowest < end && bit(taken, lowest))
		lowest++;
}

/* Whole words at a time: a program has thousands of pages. */
static void set_bits(uint64_t *map, size_t first, size_t n)
{
	while (n) {
		if (first % 64 == 0 && n >= 64) {
			map[first / 64] = UINT64_MAX;
			first += 64;
			n -= 64;
		} else {
			set_bit(map, first++, true);
			n--;
		}
	}
}

/* How many pages from `first` on are free, up to `most`. */
static size_t count_free(size_t first, size_t most)
{
	size_t limit = min_u64(end, first + min_u64(most, end)), i = first;

	while (i < limit && !bit(taken, i))
		i += i % 64 == 0 && taken[i / 64] == 0 ? 64 : 1;
	return min_u64(i, limit) - first;
}

static void *take(size_t first, size_t npages)
{
	set_bits(taken, first, npages);
	set_bits(ever, first, npages);
	if (first == lowest)
		lowest += npages;
	nfree -= npages;
	in_use += npages;
	count(&allocs, npages);
	count_peak(&peak, in_use);
	return ptr_of(first * PAGE_SIZE);
}

void *page_alloc(size_t npages)
{
	size_t first;

	skip_taken();
	if (npages == 0 || npages > nfree || (first = find_run(npages)) == end)
		return NULL;
	return take(first, npages);
}

void *page_alloc_run(size_t most, size_t *npages)
{
	skip_taken();
	*npages = count_free(lowest, most);
	return *npages ? take(lowest, *npages) : NULL;
}

void page_free(void *pages, size_t npages)
{
	size_t first = physical_of(pages) / PAGE_SIZE;

	for (size_t i = first; i < first + npages; i++) {
		BUG_ON(i >= end || !bit(taken, i));
		set_bit(taken, i, false);
	}
	nfree += npages;
	in_use -= npages;
	lowest = min_u64(lowest, first);
}

void page_touch_free(bool canaries)
{
	for (size_t i = lowest; i < end; i++) {
		uint64_t *words = ptr_of(i * PAGE_SIZE);

		if (bit(taken, i))
			continue;
		for (size_t w = 0; w < (canaries ? PAGE_SIZE / 8 : 1); w++)
			words[w] = CANARY;
	}
}

void *page_canaries_broken(void)
{
	for (size_t i = lowest; i < end; i++) {
		const uint64_t *words = ptr_of(i * PAGE_SIZE);

		for (size_t w = 0; w < PAGE_SIZE / 8 && !bit(taken, i) && !bit(ever, i); w++)
			if (words[w] != CANARY)
				return ptr_of(i * PAGE_SIZE);
	}
	return NULL;
}
