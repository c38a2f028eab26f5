/*
 * A path and an offset become file bytes.
 *
 * An open file is no more than its path. Cost: every question about it, and every read,
 * looks the path up again and reads the inode.
 */
#include "kernel/file.h"
#include <string.h>
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/heap.h"

struct file {
	struct vfs *vfs;
	char path[];
};

int file_open(struct vfs *vfs, const char *path, struct file **out)
{
	size_t size = strlen(path) + 1;
	struct file *file = heap_alloc(sizeof(*file) + size);

	if (!file)
		return complain(-ENOMEM, "%s: no memory to open it", path);
	file->vfs = vfs;
	memcpy(file->path, path, size);
	*out = file;
	return 0;
}

void file_close(struct file *file)
{
	heap_free(file);
}

/* vfs_lookup() leaves it to its caller to say that there is no such file. */
static int lookup(struct file *file, struct vnode *node)
{
	int err = vfs_lookup(file->vfs, file->path, node);

	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -ENAMETOOLONG:
		return complain(err, "%s", file->path);
	}
	return err;
}

static int read_inode(struct file *file, struct ext2 **fs, struct ext2_inode *inode)
{
	struct vnode node;
	int err = lookup(file, &node);

	if (!err)
		err = ext2_read_inode(node.fs, node.ino, inode);
	if (err)
		return err;
	if ((inode->mode & EXT2_S_IFMT) == EXT2_S_IFDIR)
		return complain(-EISDIR, "%s", file->path);
	if ((inode->mode & EXT2_S_IFMT) != EXT2_S_IFREG)
		return complain(-EINVAL, "%s: not a regular file", file->path);
	*fs = node.fs;
	return 0;
}

int file_size(struct file *file, uint64_t *out)
{
	struct ext2_inode inode;
	struct ext2 *fs;
	int err = read_inode(file, &fs, &inode);

	if (!err)
		*out = inode.size;
	return err;
}

ssize_t file_read_at(struct file *file, uint64_t offset, const struct seg *segs, size_t nsegs)
{
	struct ext2_inode inode;
	struct ext2 *fs;
	int err = read_inode(file, &fs, &inode);

	return err ? err : ext2_read(fs, &inode, offset, segs, nsegs);
}
