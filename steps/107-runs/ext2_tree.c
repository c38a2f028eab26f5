/*
 * Down a tree of block numbers to one of them, and how many after it follow on.
 *
 * Cost: for every run of blocks each level of its tree is looked into once more. A run ends
 * where the numbers in one indirect block do.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/ext2_map.h"

COUNTER(indirect_blocks, "ext2.indirect_blocks");

/* How many of `n` numbers, from the `i`-th on, count upward by one; or are all holes. */
static uint64_t run_length(const void *numbers, uint64_t i, uint64_t n)
{
	const uint8_t *at = (const uint8_t *)numbers + i * sizeof(uint32_t);
	uint64_t first = load_le32(at), length = 1;

	while (i + length < n) {
		at += sizeof(uint32_t);
		if (load_le32(at) != (first ? first + length : 0))
			break;
		length++;
	}
	return length;
}

/* The run that begins at the `i`-th number in an indirect block. */
static int read_run(struct ext2 *fs, uint64_t block, uint64_t i, struct ext2_run *out)
{
	const struct buf *buf;
	int err;

	count(&indirect_blocks, 1);
	err = bio_get(fs->bio, block, &buf);
	if (err)
		return err;
	out->block = load_le32(buf->data + i * sizeof(uint32_t));
	out->nblocks = run_length(buf->data, i, fs->block_size / sizeof(uint32_t));
	bio_put(fs->bio, buf);
	return 0;
}

/* The run that the search ends in. A number of 0 on the way is a hole as large as all below it. */
static int find_run(struct ext2 *fs, const struct ext2_inode *inode, const struct ext2_start *start,
		    struct ext2_run *run)
{
	uint64_t fan_out = fs->block_size / sizeof(uint32_t), below = start->leaves;

	*run = (struct ext2_run){ .block = inode->block[start->root] };
	if (start->index < EXT2_NDIRECT)
		run->nblocks = run_length(inode->block, start->index, EXT2_NDIRECT);
	while (run->block && below > 1) {
		int err;

		if (!ext2_block_exists(fs, run->block))
			return ext2_no_such_block(fs, inode, start->index, run->block);
		below /= fan_out;
		err = read_run(fs, run->block, start->leaf / below % fan_out, run);
		if (err)
			return err;
	}
	if (below > 1)
		run->nblocks = below - start->leaf % below;
	return 0;
}

int ext2_map_tree(struct ext2 *fs, const struct ext2_inode *inode, const struct ext2_start *start,
		  struct ext2_run *out)
{
	struct ext2_run run;
	int err = find_run(fs, inode, start, &run);

	if (err)
		return err;
	if (run.block && !ext2_block_exists(fs, run.block))
		return ext2_no_such_block(fs, inode, start->index, run.block);
	if (run.block)
		run.nblocks = min_u64(run.nblocks, fs->nblocks - run.block);
	*out = run;
	return 0;
}
