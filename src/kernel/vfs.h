/*
 * A small virtual file system: one mounted tree, a current directory, and the way
 * from a path to a node. Read-only.
 *
 * Counter: "vfs.lookups", one for each vfs_lookup().
 */
#ifndef KERNEL_VFS_H
#define KERNEL_VFS_H

#include "kernel/ext2.h"

struct vfs {
	struct ext2 *root; /* mounted at "/"; stays its opener's */
	const char *cwd;   /* absolute; what a relative path begins from */
};

/* A file or directory, as the file system that holds it knows it. */
struct vnode {
	struct ext2 *fs;
	uint32_t ino;
};

/*
 * Resolve `path`, following symbolic links. -ENOENT, -ENOTDIR, -ELOOP,
 * -ENAMETOOLONG, -ENOMEM, or what reading a directory can fail with. Prints
 * nothing for a name that is not there: only the caller knows if that is an error.
 */
MUST_CHECK int vfs_lookup(struct vfs *vfs, const char *path, struct vnode *out);

#endif
