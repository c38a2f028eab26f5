/*
 * The block map of a file, as its parts share it: ext2_map.c finds out which kind it is,
 * ext2_tree.c goes down a tree of block numbers, ext4_map.c down one of extents.
 *
 * Both answer what ext2_map() is asked; errors as there.
 */
#ifndef KERNEL_EXT2_MAP_H
#define KERNEL_EXT2_MAP_H

#include "kernel/ext2.h"

/* Where the search for a block of a file begins. */
struct ext2_start {
	uint64_t index;  /* of the block in the file */
	size_t root;     /* which of the inode's block numbers */
	uint64_t leaves; /* blocks of the file that are below it; 1: it is the block itself */
	uint64_t leaf;   /* which of them */
};

MUST_CHECK int ext2_map_tree(struct ext2 *fs, const struct ext2_inode *inode,
			     const struct ext2_start *start, struct ext2_run *out);

/* For an inode with EXT4_EXTENTS_FL; asked only when ext2_map_features has the extents. */
MUST_CHECK int ext4_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
			struct ext2_run *out);

/* Prints that disk block `block` stands where block `index` is looked for; -EUCLEAN. */
int ext2_no_such_block(const struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
		       uint64_t block);

#endif
