/*
 * Address spaces: which page a program sees at which virtual address.
 *
 * The lower half of the address space is the program's, the upper half is the
 * kernel's and the same in every space. Mappings are 4 KiB each.
 */
#ifndef KERNEL_MAP_H
#define KERNEL_MAP_H

#include "core/types.h"

/* The program's half is [0, USER_END); page 0 is never mapped, so NULL faults. */
#define USER_END ((uint64_t)1 << 47)

/*
 * A space takes memory for its tables: a page for each 2 MiB of addresses that have something
 * in them, one for each 512 such pages, and so on up to USER_END.
 */
#define SPACE_TABLE_ENTRIES 512
#define SPACE_TABLE_BYTES   (2 * MIB)

/* What a program may do with a page; the bits are ELF's p_flags. */
enum { PROT_X = 1, PROT_W = 2, PROT_R = 4 };

struct space;

/* A new space with an empty lower half. -ENOMEM. Close it with space_close(). */
MUST_CHECK int space_open(struct space **out);

/* Take everything down: frees the page tables and every page that is mapped. */
void space_close(struct space *space);

/*
 * Map `npages` pages (from page_alloc(), one after the other in memory) at `va` and up. On
 * success the space owns each of them. On an error none is mapped. -EINVAL: `va` is unaligned,
 * zero, or not all below USER_END; -EEXIST: something is mapped there; -ENOMEM: no page for a
 * page table. Prints nothing: whose page it is, only the caller knows.
 */
MUST_CHECK int space_map(struct space *space, uint64_t va, void *pages, size_t npages,
			 unsigned prot);

/* The page mapped at `va` (anywhere inside it), NULL if none; `prot` may be NULL. */
void *space_find(struct space *space, uint64_t va, unsigned *prot);

/* Replace the permissions of the page at `va`. -ENOENT: nothing is mapped there; not printed. */
MUST_CHECK int space_protect(struct space *space, uint64_t va, unsigned prot);

/*
 * The page at `va` as the program sees it: through its own address, which is only good
 * while this is the space in use.
 */
const void *space_bytes(struct space *space, uint64_t va);

/* Make this the space that the CPU uses. */
void space_use(const struct space *space);

/* Call `each` for every mapped page in rising order; stops at, and returns, its first non-zero. */
int space_walk(const struct space *space,
	       int (*each)(void *arg, uint64_t va, void *page, unsigned prot), void *arg);

#endif
