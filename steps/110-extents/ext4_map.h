/* The block map of a file with extents; see ext2_map() for the question and the errors. */
#ifndef EXT4_MAP_H
#define EXT4_MAP_H

#include "kernel/ext2.h"

MUST_CHECK int ext4_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
			struct ext2_run *out);

#endif
