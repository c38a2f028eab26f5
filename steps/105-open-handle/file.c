/*
 * A path and an offset become file bytes.
 *
 * An open file is its inode: the path is looked up once, when it is opened.
 */
#include "kernel/file.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/heap.h"

struct file {
	struct ext2 *fs;
	struct ext2_inode inode;
};

/* vfs_lookup() leaves it to its caller to say that there is no such file. */
static int lookup(struct vfs *vfs, const char *path, struct vnode *node)
{
	int err = vfs_lookup(vfs, path, node);

	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -ENAMETOOLONG:
		return complain(err, "%s", path);
	}
	return err;
}

static int read_inode(struct vfs *vfs, const char *path, struct file *file)
{
	struct vnode node;
	int err = lookup(vfs, path, &node);

	if (!err)
		err = ext2_read_inode(node.fs, node.ino, &file->inode);
	if (err)
		return err;
	if ((file->inode.mode & EXT2_S_IFMT) == EXT2_S_IFDIR)
		return complain(-EISDIR, "%s", path);
	if ((file->inode.mode & EXT2_S_IFMT) != EXT2_S_IFREG)
		return complain(-EINVAL, "%s: not a regular file", path);
	file->fs = node.fs;
	return 0;
}

int file_open(struct vfs *vfs, const char *path, struct file **out)
{
	struct file *file = heap_alloc(sizeof(*file));
	int err;

	if (!file)
		return complain(-ENOMEM, "%s: no memory to open it", path);
	err = read_inode(vfs, path, file);
	if (err)
		heap_free(file);
	else
		*out = file;
	return err;
}

void file_close(struct file *file)
{
	heap_free(file);
}

int file_size(struct file *file, uint64_t *out)
{
	*out = file->inode.size;
	return 0;
}

ssize_t file_read_at(struct file *file, uint64_t offset, const struct seg *segs, size_t nsegs)
{
	return ext2_read(file->fs, &file->inode, offset, segs, nsegs);
}
