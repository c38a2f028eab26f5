/*
 * Errors: one sign, one vocabulary.
 *
 * A function that can fail returns `int`, 0 or -errno, or `ssize_t`, a count or
 * -errno. Results leave through out-parameters, set only on success. The errno
 * numbers are Linux's; hosted builds take them from <errno.h>, which agrees.
 *
 * A parser of foreign bytes also fills a `struct where`: -EINVAL alone teaches
 * nothing, "offset 52: e_ehsize is 12, not 64" does.
 *
 *	struct where where;
 *	int err = elf_parse(bytes, n, size, &elf, &where);
 *	if (err)
 *		return complain(err, "%s: offset %zu: %s", path, where.pos, where.what);
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include "core/types.h"

#if __STDC_HOSTED__
#include <errno.h>
#else
enum {
	EPERM = 1,
	ENOENT = 2,
	EIO = 5,
	E2BIG = 7,
	ENOEXEC = 8,
	EAGAIN = 11,
	ENOMEM = 12,
	EACCES = 13,
	EFAULT = 14,
	EBUSY = 16,
	EEXIST = 17,
	ENODEV = 19,
	ENOTDIR = 20,
	EISDIR = 21,
	EINVAL = 22,
	EFBIG = 27,
	ENOSPC = 28,
	ERANGE = 34,
	ENAMETOOLONG = 36,
	ELOOP = 40,
	EPROTO = 71,
	EOVERFLOW = 75,
	EOPNOTSUPP = 95,
	ETIMEDOUT = 110,
	EUCLEAN = 117, /* "structure needs cleaning": a file system contradicts itself */
};
#endif

/* Where a parser stopped, and why. `what` is a constant string. */
struct where {
	size_t pos; /* bytes from the start of what was parsed */
	const char *what;
};

/* Fill `where` and return `err`, so that a parser can say `return fail_at(…)`. */
static inline int fail_at(struct where *where, int err, size_t pos, const char *what)
{
	where->pos = pos;
	where->what = what;
	return err;
}

/* The constant's name, "EIO" for -EIO (either sign); "E?" for a number that is none of ours. */
const char *err_name(int err);

/* The same in words: "input/output error". */
const char *err_text(int err);

#endif
