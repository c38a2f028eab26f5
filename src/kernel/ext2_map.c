/*
 * Where on the disk is block n of a file? Twelve blocks are named in the inode, the others
 * at the leaves of three trees, which are one, two and three levels high; or all of them in a
 * tree of extents.
 *
 * Source: D. Poirier, "The Second Extended File System", "Inode Table": i_block.
 */
#include "kernel/ext2_map.h"
#include "core/err.h"
#include "kernel/complain.h"

/* False: no file has so many blocks. */
static bool find_start(uint64_t fan_out, uint64_t index, struct ext2_start *out)
{
	uint64_t leaves = 1, leaf = index;

	if (index < EXT2_NDIRECT) {
		*out = (struct ext2_start){ index, .root = index, .leaves = 1, .leaf = 0 };
		return true;
	}
	leaf -= EXT2_NDIRECT;
	for (size_t root = EXT2_IND; root < EXT2_NBLOCKS; root++) {
		leaves *= fan_out;
		if (leaf < leaves) {
			*out = (struct ext2_start){ index, root, leaves, leaf };
			return true;
		}
		leaf -= leaves;
	}
	return false;
}

int ext2_no_such_block(const struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
		       uint64_t block)
{
	return complain(
		-EUCLEAN,
		"ext2: inode %u: on the way to its block %llu stands disk block %llu of %llu",
		inode->ino, (unsigned long long)index, (unsigned long long)block,
		(unsigned long long)fs->nblocks);
}

int ext2_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index, struct ext2_run *out)
{
	struct ext2_start start;

	if (inode->flags & EXT4_EXTENTS_FL)
		return ext4_map(fs, inode, index, out);
	if (!find_start(fs->block_size / sizeof(uint32_t), index, &start))
		return complain(-EUCLEAN, "ext2: inode %u: no file has a block %llu", inode->ino,
				(unsigned long long)index);
	return ext2_map_tree(fs, inode, &start, out);
}
