/* Address spaces: an array in the order of the addresses. A page that is not there is a fault. */
#include "kernel/map.h"
#include <stdlib.h>
#include <string.h>
#include "core/bytes.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/fault.h"
#include "kernel/page.h"
#include "host.h"

struct mapping {
	uint64_t va;
	void *page;
	unsigned prot;
};

struct space {
	struct mapping *all;
	size_t n;
};

static const struct space *in_use;

int space_open(struct space **out)
{
	if (host_alloc_fails())
		return complain(-ENOMEM, "no memory for an address space");
	*out = calloc(1, sizeof(**out));
	return 0;
}

void space_close(struct space *s)
{
	in_use = NULL;
	for (size_t i = 0; i < s->n; i++)
		page_free(s->all[i].page, 1);
	free(s->all);
	free(s);
}

/* How many mappings lie below `va`. */
static size_t below(const struct space *s, uint64_t va)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (s->all[mid].va < va)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static struct mapping *find(const struct space *s, uint64_t va)
{
	size_t i = below(s, va - va % PAGE_SIZE);

	return i < s->n && s->all[i].va == va - va % PAGE_SIZE ? &s->all[i] : NULL;
}

/* As on x86, what can be mapped can be read. */
static int map_page(struct space *s, uint64_t va, void *page, unsigned prot)
{
	size_t i = below(s, va);

	if (find(s, va))
		return -EEXIST;
	if (host_alloc_fails())
		return -ENOMEM;
	s->all = realloc(s->all, (s->n + 1) * sizeof(*s->all));
	memmove(s->all + i + 1, s->all + i, (s->n - i) * sizeof(*s->all));
	s->all[i] = (struct mapping){ va, page, prot | PROT_R };
	s->n++;
	return 0;
}

static void unmap(struct space *s, uint64_t va, size_t npages)
{
	size_t i = below(s, va);

	memmove(s->all + i, s->all + i + npages, (s->n - i - npages) * sizeof(*s->all));
	s->n -= npages;
}

int space_map(struct space *s, uint64_t va, void *pages, size_t npages, unsigned prot)
{
	if (va % PAGE_SIZE || va == 0 || !fits(va, npages * PAGE_SIZE, USER_END))
		return -EINVAL;
	for (size_t i = 0; i < npages; i++) {
		size_t at = i * PAGE_SIZE;
		int err = map_page(s, va + at, (char *)pages + at, prot);

		if (err && i)
			unmap(s, va, i);
		if (err)
			return err;
	}
	return 0;
}

void *space_find(struct space *s, uint64_t va, unsigned *prot)
{
	struct mapping *m = find(s, va);

	if (m && prot)
		*prot = m->prot;
	return m ? m->page : NULL;
}

int space_protect(struct space *s, uint64_t va, unsigned prot)
{
	struct mapping *m = find(s, va);
	static uint64_t n;

	if (!m || (++n == host.fail_protect && host_failure()))
		return -ENOENT;
	m->prot = prot | PROT_R;
	return 0;
}

const void *space_bytes(struct space *s, uint64_t va)
{
	return space_find(s, va, NULL);
}

void space_use(const struct space *s)
{
	in_use = s;
}

unsigned user_load(uint64_t va, uint8_t *out)
{
	const struct mapping *m = find(in_use, va);

	if (!m)
		return FAULT_USER;
	if (host.show)
		print("touch %016llx\n", (unsigned long long)va);
	*out = ((const uint8_t *)m->page)[va % PAGE_SIZE];
	return 0;
}

int space_walk(const struct space *s,
	       int (*each)(void *arg, uint64_t va, void *page, unsigned prot), void *arg)
{
	int err = 0;

	for (size_t i = 0; i < s->n && !err; i++)
		err = each(arg, s->all[i].va, s->all[i].page, s->all[i].prot);
	return err;
}
