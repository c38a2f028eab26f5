/*
 * Files by name: open, read at an offset, close.
 *
 *	struct file *file;
 *	int err = file_open(vfs, "/bin/bun", &file);
 *	…
 *	struct seg into = { page, PAGE_SIZE };
 *	ssize_t n = file_read_at(file, offset, &into, 1);
 *	…
 *	file_close(file);
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#include "kernel/vfs.h"

struct file;

/* `vfs` must outlive the file; `path` is copied. -ENOENT may come now or at the first use. */
MUST_CHECK int file_open(struct vfs *vfs, const char *path, struct file **out);
void file_close(struct file *file);

/* The file's length in bytes. -EISDIR, -EINVAL (not a regular file), or what a lookup can say. */
MUST_CHECK int file_size(struct file *file, uint64_t *out);

/*
 * Fill the segments, one after the other, with the bytes from `offset` on. Returns
 * how many there were: fewer than asked only at the end of the file, 0 behind it.
 * Holes read as zeroes. On an error, -errno, what the segments hold is undefined.
 * Memory that page_alloc() or heap_alloc() gave may be written by the device itself.
 */
MUST_CHECK ssize_t file_read_at(struct file *file, uint64_t offset, const struct seg *segs,
				size_t nsegs);

/*
 * The whole file in one piece of heap memory, which the caller frees. -EFBIG: too large for
 * that, which is not printed, because the file can be read in smaller pieces.
 */
MUST_CHECK int file_read_whole(struct file *file, void **out, size_t *n);

#endif
