/*
 * Where on the disk is block n of a file? Twelve blocks are named in the inode, the
 * others at the leaves of three trees, which are one, two and three levels high.
 *
 * Cost: for every block that is asked for, each level of its tree is read once more.
 *
 * Source: D. Poirier, "The Second Extended File System", "Inode Table": i_block.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/ext2.h"

COUNTER(indirect_blocks, "ext2.indirect_blocks");

const uint32_t ext2_map_features = 0;

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

static int no_such_block(const struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
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
	uint64_t fan_out = fs->block_size / sizeof(uint32_t);
	struct start start;
	uint64_t block;

	if (!find_start(fan_out, index, &start))
		return complain(-EUCLEAN, "ext2: inode %u: no file has a block %llu", inode->ino,
				(unsigned long long)index);
	block = inode->block[start.root];
	for (uint64_t below = start.leaves; block && below > 1;) {
		int err;

		if (!ext2_block_exists(fs, block))
			return no_such_block(fs, inode, index, block);
		below /= fan_out;
		err = read_number(fs, block, start.leaf / below % fan_out, &block);
		if (err)
			return err;
	}
	if (block && !ext2_block_exists(fs, block))
		return no_such_block(fs, inode, index, block);
	*out = (struct ext2_run){ .block = block, .nblocks = 1 };
	return 0;
}
