/*
 * From a path to a node. There is one tree, so the work is to make the path absolute.
 *
 * Cost: every lookup builds that path in a fresh string on the heap.
 */
#include "kernel/vfs.h"
#include <string.h>
#include "core/count.h"
#include "core/err.h"
#include "core/format.h"
#include "kernel/complain.h"
#include "kernel/heap.h"

COUNTER(lookups, "vfs.lookups");

/* `path` as seen from `cwd`; the caller frees it. Two slashes in a row count as one. */
static char *absolute_path(const char *cwd, const char *path)
{
	const char *base = path[0] == '/' ? "" : cwd;
	size_t size = strlen(base) + 1 + strlen(path) + 1;
	char *joined = heap_alloc(size);

	if (joined)
		format(joined, size, "%s/%s", base, path);
	return joined;
}

int vfs_lookup(struct vfs *vfs, const char *path, struct vnode *out)
{
	char *absolute;
	uint32_t ino;
	int err;

	count(&lookups, 1);
	if (!path[0])
		return -ENOENT;
	absolute = absolute_path(vfs->cwd, path);
	if (!absolute)
		return complain(-ENOMEM, "%s: no memory for its path", path);
	err = ext2_lookup(vfs->root, absolute, &ino);
	heap_free(absolute);
	if (err)
		return err;
	*out = (struct vnode){ .fs = vfs->root, .ino = ino };
	return 0;
}
