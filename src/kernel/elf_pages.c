/*
 * Pages for a program: taken, mapped, and counted for the progress.
 */
#include "kernel/complain.h"
#include "kernel/elf_segment.h"
#include "kernel/page.h"
#include "kernel/progress.h"

static ssize_t map_fresh(struct loading *l, uint64_t va, size_t most, unsigned prot, char **pages)
{
	size_t n;
	char *run = page_alloc_run(most, &n);
	int err;

	if (!run)
		return complain(-ENOMEM, "%s: no page for address 0x%llx", l->path,
				(unsigned long long)va);
	err = space_map(l->space, va, run, n, prot);
	if (err) {
		page_free(run, n);
		return complain(err, "%s: address 0x%llx cannot be mapped", l->path,
				(unsigned long long)va);
	}
	progress("loading", l->nmapped, l->npages);
	l->nmapped += n;
	*pages = run;
	return (ssize_t)n;
}

ssize_t loading_map(struct loading *l, const struct elf_segment *s, uint64_t va, size_t most,
		    char **pages, bool *fresh)
{
	unsigned prot;
	int err;

	*pages = space_find(l->space, va, &prot);
	*fresh = !*pages;
	if (*fresh)
		return map_fresh(l, va, most, s->prot, pages);
	err = space_protect(l->space, va, prot | s->prot);
	if (err)
		return complain(err, "%s: address 0x%llx cannot be given other permissions",
				l->path, (unsigned long long)va);
	return 1;
}
