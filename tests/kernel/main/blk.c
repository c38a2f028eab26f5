/*
 * Ranges of bytes of the device, to standard output:
 *
 *	blk IMAGE [OFFSET N]...
 *
 * Exit status 1 after an "error: " line.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../host/host.h"
#include "kernel/blk.h"

static int copy_range(struct blk *dev, uint64_t offset, size_t n)
{
	char *bytes = malloc(n ? n : 1);
	int err = blk_read_bytes(dev, offset, bytes, n);

	if (!err)
		fwrite(bytes, 1, n, stdout);
	free(bytes);
	return err;
}

int main(int argc, char **argv)
{
	struct blk *dev;
	int err = 0;

	if (argc < 2)
		return 2;
	host_set_up(argv[1]);
	if (blk_open(&dev))
		return 1;
	for (int i = 2; i + 1 < argc && !err; i += 2)
		err = copy_range(dev, strtoull(argv[i], NULL, 10), strtoull(argv[i + 1], NULL, 10));
	blk_close(dev);
	return err ? 1 : 0;
}
