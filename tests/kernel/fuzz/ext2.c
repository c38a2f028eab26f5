/*
 * The input is the disk. Whatever stands on it, the kernel mounts it or says why not, and
 * the same for finding, reading and loading; it comes to an end and frees what it took.
 */
#include "../host/host.h"
#include "kernel/heap.h"
#include "kernel/page.h"
#include "kernel/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { READ_SIZE = 8192 };

static void read_some(struct file *file, uint64_t offset)
{
	char *bytes = heap_alloc(READ_SIZE);
	struct seg into = { bytes, READ_SIZE };

	if (file_read_at(file, offset, &into, 1) > READ_SIZE)
		abort();
	heap_free(bytes);
}

static void load(struct vfs *vfs, const char *path)
{
	struct program program;
	struct space *space;

	if (space_open(&space))
		return;
	space_use(space);
	if (program_open(vfs, path, space, &program) == 0) {
		if (program.npages == 0)
			abort();
		(void)!touch_pages(&program, 100, 1);
		program_close(&program);
	}
	space_close(space);
}

static void use(struct vfs *vfs, const char *path)
{
	struct file *file;
	uint64_t size;

	if (file_open(vfs, path, &file))
		return;
	if (file_size(file, &size) == 0) {
		read_some(file, 0);
		read_some(file, size / 2);
		read_some(file, size - min_u64(size, READ_SIZE / 2));
		load(vfs, path);
	}
	file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const paths[] = { "/program", "/dir/link/../sparse", "dir/slow",
					     "/loop" };
	struct vfs vfs = { .cwd = "/dir" };
	struct blk *dev;

	host = (struct host){
		.disk = data, .disk_bytes = n, .npages = 1024, .longest_run = 3, .quiet = true
	};
	if (blk_open(&dev))
		return 0;
	if (ext2_mount(dev, &vfs.root) == 0) {
		for (size_t i = 0; i < ARRAY_LEN(paths); i++)
			use(&vfs, paths[i]);
		ext2_unmount(vfs.root);
	}
	blk_close(dev);
	return 0;
}
