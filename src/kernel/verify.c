/* A checksum of every page, and the canaries. See verify.h. */
#include "kernel/verify.h"
#include "core/err.h"
#include "core/hash.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/page.h"

static int print_page(void *arg, uint64_t va, void *page, unsigned prot)
{
	print("page %016llx %08x %c%c%c\n", (unsigned long long)va,
	      crc32_bytes(0, space_bytes(arg, va), PAGE_SIZE), prot & PROT_R ? 'r' : '-',
	      prot & PROT_W ? 'w' : '-', prot & PROT_X ? 'x' : '-');
	return 0;
}

int verify_program(struct space *space)
{
	void *broken = page_canaries_broken();

	(void)space_walk(space, print_page, space);
	if (broken)
		return complain(-EFAULT, "a page that nobody allocated was written to: %p", broken);
	return 0;
}
