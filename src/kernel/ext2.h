/*
 * ext2, read-only: revisions 0 and 1, blocks of 1, 2 and 4 KiB, direct to triple
 * indirect blocks, holes, fast and slow symbolic links, files over 4 GiB.
 *
 * One question each: ext2_super.c (what file system is this), ext2_inode.c (what is
 * inode n), ext2_dir.c (which inode has this path), ext2_map.c (where on the disk is block n
 * of this file; it asks ext2_tree.c or ext4_map.c), ext2_read.c (the bytes of an inode).
 *
 * A file system is foreign data: every number in it is checked before it is used,
 * and a contradiction is -EUCLEAN with a message that names the inode or block.
 * The code compiles hosted too, with an array for a device.
 */
#ifndef KERNEL_EXT2_H
#define KERNEL_EXT2_H

#include "kernel/bio.h"
#include "kernel/ext2_format.h"

/* The fields are for the ext2_*.c files; everybody else passes the pointer on. */
struct ext2 {
	struct blk *dev;
	struct bio *bio;
	size_t block_size; /* bytes */
	uint64_t nblocks;
	uint32_t ninodes;
	uint32_t inodes_per_group;
	size_t inode_size; /* bytes on the disk */
	uint32_t incompat; /* s_feature_incompat */
	uint32_t ngroups;
	uint64_t *inode_tables; /* the first block of each group's; on the heap */
};

/* An inode, decoded and checked: the size is one that the block map can hold. */
struct ext2_inode {
	uint32_t ino;
	uint16_t mode;   /* EXT2_S_IF… and permissions */
	uint16_t nlinks; /* names that it has; 0: deleted */
	uint32_t flags;
	bool has_acl;      /* a block of attributes */
	uint64_t size;     /* bytes */
	uint32_t nsectors; /* i_blocks, its attributes' block included */
	uint32_t block[EXT2_NBLOCKS];
};

/* A run of a file's blocks that follow each other on the disk, or a hole. */
struct ext2_run {
	uint64_t block;   /* the first one's number on the disk; 0: a hole */
	uint64_t nblocks; /* at least 1 */
};

/*
 * -EINVAL: no ext2 here; -EOPNOTSUPP: a feature that we do not know, by name;
 * -EUCLEAN; -ENOMEM; the device's error. The device stays the caller's.
 */
MUST_CHECK int ext2_mount(struct blk *dev, struct ext2 **out);
void ext2_unmount(struct ext2 *fs);

/*
 * Counter: "ext2.inode_reads". -EUCLEAN: a number that the file system has not, an
 * inode that is not in use (mode 0) or deleted, or sizes that cannot be.
 */
MUST_CHECK int ext2_read_inode(struct ext2 *fs, uint32_t ino, struct ext2_inode *out);

/* Is this block number one that the file system has? (0, the hole, is not.) */
static inline bool ext2_block_exists(const struct ext2 *fs, uint64_t block)
{
	return block != 0 && block < fs->nblocks;
}

/*
 * The inode at an absolute path, every symbolic link followed. -ENOENT, -ENOTDIR,
 * -ELOOP (more than EXT2_MAX_LINKS links), -ENAMETOOLONG (a name over 255 bytes, or
 * a path that links make longer than EXT2_PATH_MAX); nothing is printed for these.
 * -EUCLEAN and the device's errors are.
 */
#define EXT2_MAX_LINKS 40
#define EXT2_PATH_MAX  4096
MUST_CHECK int ext2_lookup(struct ext2 *fs, const char *path, uint32_t *ino);

/*
 * Where is block `index` of the file, and how many blocks after it follow on
 * without a gap (at least itself; an implementation may always say 1)? The run
 * stays within the disk; it may go past the end of the file.
 * Counter: "ext2.indirect_blocks", one for each indirect block looked into.
 * -EUCLEAN: a block number past the end of the disk, or a map that cannot be.
 */
MUST_CHECK int ext2_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
			struct ext2_run *out);

/* Incompatible features that ext2_map() knows to read (EXT4_INCOMPAT_EXTENTS, or 0). */
extern const uint32_t ext2_map_features;

/*
 * The bytes of an inode, from `offset` on, into the segments; see file_read_at().
 * Counter: "ext2.data_blocks".
 */
MUST_CHECK ssize_t ext2_read(struct ext2 *fs, const struct ext2_inode *inode, uint64_t offset,
			     const struct seg *segs, size_t nsegs);

#endif
