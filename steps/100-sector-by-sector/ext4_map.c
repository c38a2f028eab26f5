/*
 * Files with extents: not read. A file system that has them is refused when it is mounted.
 */
#include "core/err.h"
#include "kernel/ext2_map.h"

const uint32_t ext2_map_features = 0;

int ext4_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index, struct ext2_run *out)
{
	return -EOPNOTSUPP;
}
