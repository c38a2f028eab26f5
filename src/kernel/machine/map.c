/*
 * Four levels of page tables. A mapping costs a walk down for each 2 MiB, and a new table page
 * where the program is the first to touch them; within them, a store for each page.
 *
 * Source: Intel SDM volume 3, 4.5 (four-level paging).
 */
#include "kernel/map.h"
#include "core/bytes.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/heap.h"
#include "kernel/machine/cpu.h"
#include "kernel/machine/machine.h"
#include "kernel/page.h"

#define PTE_PRESENT    0x1ull
#define PTE_WRITE      0x2ull
#define PTE_USER       0x4ull
#define PTE_LARGE      0x80ull
#define PTE_NO_EXECUTE (1ull << 63)
#define PTE_ADDRESS    0x000ffffffffff000ull

enum { ENTRIES = SPACE_TABLE_ENTRIES, TOP_LEVEL = 3, USER_TOP_ENTRIES = 256, REGION_SHIFT = 21 };

struct space {
	uint64_t *top;   /* the PML4; its upper half is the kernel's, shared by all */
	uint64_t *leaf;  /* the last-level table that was used last; NULL: none yet */
	uint64_t region; /* which 2 MiB it is for: va >> REGION_SHIFT */
};

extern uint64_t boot_pml4[ENTRIES];

static unsigned index_at(uint64_t va, int level)
{
	return va >> (12 + 9 * level) & (ENTRIES - 1);
}

static uint64_t *table_of(uint64_t entry)
{
	return ptr_of(entry & PTE_ADDRESS);
}

/* Permissions are the last level's business: the tables above allow everything. */
static uint64_t *new_table(uint64_t *entry)
{
	uint64_t *table = page_alloc(1);

	if (!table)
		return NULL;
	for (unsigned i = 0; i < ENTRIES; i++)
		table[i] = 0;
	*entry = physical_of(table) | PTE_PRESENT | PTE_WRITE | PTE_USER;
	return table;
}

/* The last-level entry for `va`; NULL if there is none and `make` is false, or no memory. */
static uint64_t *walk(uint64_t *table, uint64_t va, bool make)
{
	for (int level = TOP_LEVEL; level > 0; level--) {
		uint64_t *entry = &table[index_at(va, level)];

		if (*entry & PTE_PRESENT)
			table = table_of(*entry);
		else if (!make || !(table = new_table(entry)))
			return NULL;
	}
	return &table[index_at(va, 0)];
}

/* The same in a space; the next page is mostly in the same table as the last. */
static uint64_t *entry_of(struct space *s, uint64_t va, bool make)
{
	uint64_t *entry;

	if (s->leaf && va >> REGION_SHIFT == s->region)
		return &s->leaf[index_at(va, 0)];
	entry = walk(s->top, va, make);
	if (entry) {
		s->leaf = entry - index_at(va, 0);
		s->region = va >> REGION_SHIFT;
	}
	return entry;
}

static uint64_t bits_of(unsigned prot)
{
	return PTE_PRESENT | PTE_USER | (prot & PROT_W ? PTE_WRITE : 0) |
	       (prot & PROT_X ? 0 : PTE_NO_EXECUTE);
}

/* x86 cannot withhold reading, so what comes back always has PROT_R. */
static unsigned prot_of(uint64_t entry)
{
	return PROT_R | (entry & PTE_WRITE ? PROT_W : 0) | (entry & PTE_NO_EXECUTE ? 0 : PROT_X);
}

int space_open(struct space **out)
{
	struct space *s = heap_alloc(sizeof(*s));

	if (s)
		*s = (struct space){ .top = page_alloc(1) };
	if (!s || !s->top) {
		heap_free(s);
		return complain(-ENOMEM, "no memory for an address space");
	}
	for (unsigned i = 0; i < ENTRIES; i++)
		s->top[i] = i < USER_TOP_ENTRIES ? 0 : boot_pml4[i];
	*out = s;
	return 0;
}

static void free_below(uint64_t *table, int level, unsigned nentries)
{
	for (unsigned i = 0; i < nentries; i++) {
		if (!(table[i] & PTE_PRESENT))
			continue;
		if (level)
			free_below(table_of(table[i]), level - 1, ENTRIES);
		else
			page_free(table_of(table[i]), 1);
	}
	page_free(table, 1);
}

void space_close(struct space *s)
{
	cpu_set_page_table(physical_of(boot_pml4));
	free_below(s->top, TOP_LEVEL, USER_TOP_ENTRIES);
	heap_free(s);
}

/* The last-level entries from `va` on, as many of `n` as stand in one table. Returns how many. */
static ssize_t fill_table(struct space *s, uint64_t va, uint64_t first, size_t n)
{
	uint64_t *entry = entry_of(s, va, true);

	if (!entry)
		return -ENOMEM;
	n = min_u64(n, ENTRIES - index_at(va, 0));
	for (size_t i = 0; i < n; i++)
		if (entry[i] & PTE_PRESENT)
			return -EEXIST;
	for (size_t i = 0; i < n; i++)
		entry[i] = first + i * PAGE_SIZE;
	return (ssize_t)n;
}

static void unmap(struct space *s, uint64_t va, size_t npages)
{
	for (; npages; npages--, va += PAGE_SIZE)
		*entry_of(s, va, false) = 0;
}

int space_map(struct space *s, uint64_t va, void *pages, size_t npages, unsigned prot)
{
	uint64_t first = physical_of(pages) | bits_of(prot);

	if (va % PAGE_SIZE || va == 0 || !fits(va, npages * PAGE_SIZE, USER_END))
		return -EINVAL;
	for (size_t done = 0; done < npages;) {
		size_t at = done * PAGE_SIZE;
		ssize_t n = fill_table(s, va + at, first + at, npages - done);

		if (n < 0) {
			unmap(s, va, done);
			return (int)n;
		}
		done += n;
	}
	return 0;
}

void *space_find(struct space *s, uint64_t va, unsigned *prot)
{
	uint64_t *entry = va < USER_END ? entry_of(s, va, false) : NULL;

	if (!entry || !(*entry & PTE_PRESENT))
		return NULL;
	if (prot)
		*prot = prot_of(*entry);
	return table_of(*entry);
}

int space_protect(struct space *s, uint64_t va, unsigned prot)
{
	uint64_t *entry = va < USER_END ? entry_of(s, va, false) : NULL;

	if (!entry || !(*entry & PTE_PRESENT))
		return -ENOENT;
	*entry = (*entry & PTE_ADDRESS) | bits_of(prot);
	cpu_forget_page(va);
	return 0;
}

void space_use(const struct space *s)
{
	cpu_set_page_table(physical_of(s->top));
}

const void *space_bytes(struct space *s, uint64_t va)
{
	return (const void *)va;
}

struct visit {
	int (*each)(void *arg, uint64_t va, void *page, unsigned prot);
	void *arg;
};

static int visit_below(const struct visit *v, const uint64_t *table, int level, unsigned nentries,
		       uint64_t va)
{
	int err = 0;

	for (unsigned i = 0; i < nentries && !err; i++, va += 1ull << (12 + 9 * level)) {
		if (!(table[i] & PTE_PRESENT))
			continue;
		if (level)
			err = visit_below(v, table_of(table[i]), level - 1, ENTRIES, va);
		else
			err = v->each(v->arg, va, table_of(table[i]), prot_of(table[i]));
	}
	return err;
}

int space_walk(const struct space *s,
	       int (*each)(void *arg, uint64_t va, void *page, unsigned prot), void *arg)
{
	struct visit v = { each, arg };

	return visit_below(&v, s->top, TOP_LEVEL, USER_TOP_ENTRIES, 0);
}

/* One page of the kernel's image, with what its section may do. */
static void map_kernel_page(uint64_t *table, uint64_t va)
{
	uint64_t *entry = walk(table, va, true);

	BUG_ON(!entry);
	if (va == (uint64_t)stack_guard)
		*entry = 0;
	else if (va < (uint64_t)kernel_text_end)
		*entry = (va - KERNEL_BASE) | PTE_PRESENT;
	else if (va < (uint64_t)kernel_rodata_end)
		*entry = (va - KERNEL_BASE) | PTE_PRESENT | PTE_NO_EXECUTE;
	else
		*entry = (va - KERNEL_BASE) | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE;
}

void map_init(void)
{
	unsigned kernel = index_at(KERNEL_BASE, TOP_LEVEL),
		 direct = index_at(DIRECT_MAP, TOP_LEVEL);
	uint64_t unused, *fresh = new_table(&unused);

	/* Built aside: this code itself runs by way of the entry that is to be replaced. */
	BUG_ON(!fresh);
	for (uint64_t va = (uint64_t)kernel_text; va < (uint64_t)kernel_end; va += PAGE_SIZE)
		map_kernel_page(fresh, va);
	boot_pml4[kernel] = fresh[kernel];
	page_free(fresh, 1);
	boot_pml4[0] = 0;
	boot_pml4[direct] |= PTE_NO_EXECUTE;
	cpu_set_page_table(physical_of(boot_pml4));
}
