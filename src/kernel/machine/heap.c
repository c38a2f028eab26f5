/*
 * The heap: powers of two from 32 to 2,048 bytes cut from pages, whole pages above.
 *
 * Each piece is preceded by 16 bytes that say how to give it back. Small pieces are
 * kept on a list by size and never become pages again; both verbs are O(1) for them.
 */
#include "kernel/heap.h"
#include "core/bytes.h"
#include "core/count.h"
#include "kernel/complain.h"
#include "kernel/page.h"

COUNTER(allocs, "heap.allocs");
COUNTER(bytes, "heap.bytes");

enum { SMALLEST_LOG2 = 5, LARGEST_LOG2 = 11, NCLASSES = LARGEST_LOG2 - SMALLEST_LOG2 + 1 };
enum { LIVE = 0x11fe, FREE = 0xf7ee };

struct piece {
	uint32_t state;
	uint32_t class; /* NCLASSES: whole pages */
	union {
		size_t npages;      /* of whole pages */
		struct piece *next; /* of a free small piece */
	};
};
_Static_assert(sizeof(struct piece) == 16, "keeps what follows aligned to 16");

static struct piece *free_pieces[NCLASSES];

static unsigned class_of(size_t total)
{
	unsigned class = 0;

	while (((size_t)1 << (SMALLEST_LOG2 + class)) < total)
		class ++;
	return class;
}

/* Cut one page into pieces of a class. */
static bool refill(unsigned class)
{
	size_t size = (size_t)1 << (SMALLEST_LOG2 + class);
	char *page = page_alloc(1);

	if (!page)
		return false;
	for (size_t at = PAGE_SIZE; at; at -= size) {
		struct piece *p = (struct piece *)(page + at - size);

		*p = (struct piece){ .state = FREE, .class = class, .next = free_pieces[class] };
		free_pieces[class] = p;
	}
	return true;
}

static struct piece *alloc_small(unsigned class)
{
	struct piece *p;

	if (!free_pieces[class] && !refill(class))
		return NULL;
	p = free_pieces[class];
	free_pieces[class] = p->next;
	return p;
}

static struct piece *alloc_pages(size_t total)
{
	size_t npages = div_round_up(total, PAGE_SIZE);
	struct piece *p = page_alloc(npages);

	if (p)
		*p = (struct piece){ .class = NCLASSES, .npages = npages };
	return p;
}

void *heap_alloc(size_t n)
{
	size_t total = n + sizeof(struct piece);
	struct piece *p;

	if (total < n)
		return NULL;
	p = total <= (1u << LARGEST_LOG2) ? alloc_small(class_of(total)) : alloc_pages(total);
	if (!p)
		return NULL;
	p->state = LIVE;
	count(&allocs, 1);
	count(&bytes, n);
	return p + 1;
}

void heap_free(void *ptr)
{
	struct piece *p = (struct piece *)ptr - 1;

	if (!ptr)
		return;
	BUG_ON(p->state != LIVE || p->class > NCLASSES);
	p->state = FREE;
	if (p->class == NCLASSES) {
		page_free(p, p->npages);
	} else {
		p->next = free_pieces[p->class];
		free_pieces[p->class] = p;
	}
}
