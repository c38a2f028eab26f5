/*
 * May a new file stand for an old one? Only if nobody can see a difference but in the bytes.
 *
 * What differs is not mended but left alone: the old file is then written to, as cp(1) does.
 */
#include <string.h>
#include "core/err.h"
#include "stdio/sys.h"
#include "stdio/target.h"

enum { NAMES = 4096, VALUE = 4096 };

static bool same_value(int fd, const char *path, const char *name)
{
	char ours[VALUE], theirs[VALUE];
	ssize_t n = sys_fgetxattr(fd, name, ours, VALUE);

	return n >= 0 && sys_lgetxattr(path, name, theirs, VALUE) == n &&
	       memcmp(ours, theirs, n) == 0;
}

/* Access lists are extended attributes, too. More than fit are taken for different. */
static bool same_attributes(int fd, const char *path)
{
	char ours[NAMES], theirs[NAMES];
	ssize_t n = sys_llistxattr(path, theirs, NAMES);

	if (n == -EOPNOTSUPP)
		return true;
	if (n < 0 || sys_flistxattr(fd, ours, NAMES) != n || memcmp(ours, theirs, n))
		return false;
	for (const char *name = ours; name < ours + n; name += strlen(name) + 1)
		if (!same_value(fd, path, name))
			return false;
	return true;
}

int make_equal(int fd, const char *path, const struct stat *old)
{
	struct stat st;
	int err = sys_fstat(fd, &st);

	if (err)
		return err;
	if (st.st_uid != old->st_uid || st.st_gid != old->st_gid ||
	    old->st_mode & (S_ISUID | S_ISGID) || !same_attributes(fd, path))
		return -EPERM;
	return sys_fchmod(fd, old->st_mode & 07777);
}
