/*
 * No file is read in one piece: its bytes would have to be copied from there to where they
 * belong, and the device can put them there itself.
 */
#include "core/err.h"
#include "kernel/file.h"

int file_read_whole(struct file *file, void **out, size_t *n)
{
	return -EFBIG;
}
