/*
 * Where on the disk is block n of a file, and how many blocks after it follow on? Twelve
 * blocks are named in the inode, the others at the leaves of three trees, which are one,
 * two and three levels high. A file with extents has a tree of runs instead (ext4_map.c).
 *
 * Cost: for every run of blocks each level of its tree is looked into once more. A run
 * ends where the numbers in one indirect block do.
 *
 * Source: D. Poirier, "The Second Extended File System", "Inode Table": i_block.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/ext2.h"
#include "ext4_map.h"

COUNTER(indirect_blocks, "ext2.indirect_blocks");

const uint32_t ext2_map_features = EXT4_INCOMPAT_EXTENTS;

/* Where the search for a block begins. */
struct start {
	size_t root;     /* which of the inode's block numbers */
	uint64_t leaves; /* blocks of the file that are below it; 1: it is the block itself */
	uint64_t leaf;   /* which of them */
};

/* False: no file has so many blocks. */
static bool find_start(uint64_t fan_out, uint64_t index, struct start *out)
{
	uint64_t leaves = 1;

	if (index < EXT2_NDIRECT) {
		*out = (struct start){ .root = index, .leaves = 1, .leaf = 0 };
		return true;
	}
	index -= EXT2_NDIRECT;
	for (size_t root = EXT2_IND; root < EXT2_NBLOCKS; root++) {
		leaves *= fan_out;
		if (index < leaves) {
			*out = (struct start){ .root = root, .leaves = leaves, .leaf = index };
			return true;
		}
		index -= leaves;
	}
	return false;
}

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

static int no_such_block(const struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
			 uint64_t block)
{
	return complain(
		-EUCLEAN,
		"ext2: inode %u: on the way to its block %llu stands disk block %llu of %llu",
		inode->ino, (unsigned long long)index, (unsigned long long)block,
		(unsigned long long)fs->nblocks);
}

/* Down one tree. A number of 0 on the way is a hole as large as everything below it. */
static int map_tree(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
		    const struct start *start, struct ext2_run *run)
{
	uint64_t fan_out = fs->block_size / sizeof(uint32_t), below = start->leaves;

	*run = (struct ext2_run){ .block = inode->block[start->root] };
	while (run->block && below > 1) {
		int err;

		if (!ext2_block_exists(fs, run->block))
			return no_such_block(fs, inode, index, run->block);
		below /= fan_out;
		err = read_run(fs, run->block, start->leaf / below % fan_out, run);
		if (err)
			return err;
	}
	if (below > 1)
		run->nblocks = below - start->leaf % below;
	return 0;
}

int ext2_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index, struct ext2_run *out)
{
	struct ext2_run run;
	struct start start;
	int err = 0;

	if (inode->flags & EXT4_EXTENTS_FL)
		return ext4_map(fs, inode, index, out);
	if (!find_start(fs->block_size / sizeof(uint32_t), index, &start))
		return complain(-EUCLEAN, "ext2: inode %u: no file has a block %llu", inode->ino,
				(unsigned long long)index);
	if (index < EXT2_NDIRECT)
		run = (struct ext2_run){ inode->block[index],
					 run_length(inode->block, index, EXT2_NDIRECT) };
	else
		err = map_tree(fs, inode, index, &start, &run);
	if (err)
		return err;
	if (run.block && !ext2_block_exists(fs, run.block))
		return no_such_block(fs, inode, index, run.block);
	if (run.block)
		run.nblocks = min_u64(run.nblocks, fs->nblocks - run.block);
	*out = run;
	return 0;
}
