/*
 * Down a tree of block numbers to one of them.
 *
 * Cost: for every block that is asked for, each level of its tree is read once more.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/ext2_map.h"

COUNTER(indirect_blocks, "ext2.indirect_blocks");

/* The `i`-th number in an indirect block. */
static int read_number(struct ext2 *fs, uint64_t block, uint64_t i, uint64_t *out)
{
	const struct buf *buf;
	int err;

	count(&indirect_blocks, 1);
	err = bio_get(fs->bio, block, &buf);
	if (err)
		return err;
	*out = load_le32(buf->data + i * sizeof(uint32_t));
	bio_put(fs->bio, buf);
	return 0;
}

int ext2_map_tree(struct ext2 *fs, const struct ext2_inode *inode, const struct ext2_start *start,
		  struct ext2_run *out)
{
	uint64_t fan_out = fs->block_size / sizeof(uint32_t), below = start->leaves;
	uint64_t block = inode->block[start->root];

	while (block && below > 1) {
		int err;

		if (!ext2_block_exists(fs, block))
			return ext2_no_such_block(fs, inode, start->index, block);
		below /= fan_out;
		err = read_number(fs, block, start->leaf / below % fan_out, &block);
		if (err)
			return err;
	}
	if (block && !ext2_block_exists(fs, block))
		return ext2_no_such_block(fs, inode, start->index, block);
	*out = (struct ext2_run){ .block = block, .nblocks = 1 };
	return 0;
}
