/*
 * What is inode n: of which kind, how long, and where are its blocks?
 *
 * Cost: the one block that the inode lies in.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/ext2.h"

COUNTER(inode_reads, "ext2.inode_reads");

/* How many blocks of a file the block map can name. */
static uint64_t largest_file(const struct ext2 *fs, uint32_t flags)
{
	uint64_t n = fs->block_size / sizeof(uint32_t);

	if (flags & EXT4_EXTENTS_FL)
		return EXT4_FILE_BLOCKS_MAX;
	return EXT2_NDIRECT + n + n * n + n * n * n;
}

static int check(const struct ext2 *fs, const struct ext2_inode *inode)
{
	uint64_t nblocks = div_round_up(inode->size, fs->block_size);

	if (inode->mode == 0)
		return complain(-EUCLEAN, "ext2: inode %u is not in use", inode->ino);
	if (inode->nlinks == 0)
		return complain(-EUCLEAN, "ext2: inode %u is deleted, and still has a name",
				inode->ino);
	if (inode->flags & EXT4_EXTENTS_FL && !(fs->incompat & EXT4_INCOMPAT_EXTENTS))
		return complain(-EUCLEAN, "ext2: inode %u has extents, the file system has not",
				inode->ino);
	if (inode->flags & EXT4_INLINE_DATA_FL)
		return complain(-EUCLEAN, "ext2: inode %u has inline data, the file system has not",
				inode->ino);
	if (nblocks > largest_file(fs, inode->flags))
		return complain(-EUCLEAN,
				"ext2: inode %u: %llu bytes are more than a file can have",
				inode->ino, (unsigned long long)inode->size);
	return 0;
}

static void decode(const struct ext2_inode_disk *disk, uint32_t ino, struct ext2_inode *inode)
{
	*inode = (struct ext2_inode){
		.ino = ino,
		.mode = disk->i_mode,
		.flags = disk->i_flags,
		.size = disk->i_size,
		.nsectors = disk->i_blocks,
		.nlinks = disk->i_links_count,
		.has_acl = disk->i_file_acl != 0,
	};
	if ((inode->mode & EXT2_S_IFMT) == EXT2_S_IFREG)
		inode->size |= (uint64_t)disk->i_size_high << 32;
	for (size_t i = 0; i < EXT2_NBLOCKS; i++)
		inode->block[i] = disk->i_block[i];
}

int ext2_read_inode(struct ext2 *fs, uint32_t ino, struct ext2_inode *out)
{
	struct ext2_inode inode;
	const struct buf *buf;
	uint64_t offset, block;
	int err;

	count(&inode_reads, 1);
	if (ino == 0 || ino > fs->ninodes)
		return complain(-EUCLEAN, "ext2: inode %u: there are only %u", ino, fs->ninodes);
	offset = (uint64_t)((ino - 1) % fs->inodes_per_group) * fs->inode_size;
	block = fs->inode_tables[(ino - 1) / fs->inodes_per_group] + offset / fs->block_size;
	if (!ext2_block_exists(fs, block))
		return complain(-EUCLEAN, "ext2: inode %u lies in block %llu of %llu", ino,
				(unsigned long long)block, (unsigned long long)fs->nblocks);
	err = bio_get(fs->bio, block, &buf);
	if (err)
		return err;
	decode((const void *)(buf->data + offset % fs->block_size), ino, &inode);
	bio_put(fs->bio, buf);
	err = check(fs, &inode);
	if (!err)
		*out = inode;
	return err;
}
