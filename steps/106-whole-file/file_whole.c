/*
 * A whole file at once, for files that are not too large for the heap.
 */
#include "core/err.h"
#include "kernel/file.h"
#include "kernel/heap.h"

#define LIMIT (128 * MIB)

int file_read_whole(struct file *file, void **out, size_t *n)
{
	struct seg into;
	uint64_t size;
	ssize_t got;
	int err = file_size(file, &size);

	if (err)
		return err;
	if (size > LIMIT)
		return -EFBIG;
	into = (struct seg){ heap_alloc(max_u64(size, 1)), size };
	if (!into.p)
		return -EFBIG;
	got = file_read_at(file, 0, &into, 1);
	if (got < 0) {
		heap_free(into.p);
		return (int)got;
	}
	*out = into.p;
	*n = (size_t)got;
	return 0;
}
