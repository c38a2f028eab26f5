/*
 * Where on the disk is block n of a file with extents? The inode holds the root of a tree
 * whose leaves are runs: first block, length, place. Up to 128 MiB in one entry.
 *
 * Cost: a block for each level below the root; for most files there is none.
 *
 * Source: the Linux kernel's Documentation/filesystems/ext4, "Extent Tree".
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/ext2_map.h"

COUNTER(tree_blocks, "ext2.indirect_blocks");

const uint32_t ext2_map_features = EXT4_INCOMPAT_EXTENTS;

enum { EXTENT_MAGIC = 0xf30a, DEPTH_MAX = 5, ENTRY_SIZE = 12 };
enum { WRITTEN_MAX = 32768 }; /* a length above this: allocated, not written, reads as zeroes */

struct PACKED node_disk {
	uint16_t eh_magic;
	uint16_t eh_entries;
	uint16_t eh_max;
	uint16_t eh_depth; /* 0: the entries are extents */
	uint32_t eh_generation;
};
_Static_assert(sizeof(struct node_disk) == ENTRY_SIZE, "struct ext4_extent_header");

/* An entry of either kind: both begin with the first file block that they are about. */
union entry_disk {
	uint32_t block;
	struct PACKED {
		uint32_t ee_block;
		uint16_t ee_len;
		uint16_t ee_start_hi;
		uint32_t ee_start_lo;
	} extent;
	struct PACKED {
		uint32_t ei_block;
		uint32_t ei_leaf_lo;
		uint16_t ei_leaf_hi;
		uint16_t ei_unused;
	} below;
};
_Static_assert(sizeof(union entry_disk) == ENTRY_SIZE, "struct ext4_extent");

/* What one node says of a block. */
struct answer {
	uint64_t child;      /* go on in this disk block; 0: the run is the answer */
	struct ext2_run run; /* of which the block is the first; 0 blocks: a hole up to `next` */
	uint64_t next;       /* the first file block behind what the entry can speak of */
};

static int damaged(const struct ext2_inode *inode, uint64_t index, const char *what)
{
	return complain(-EUCLEAN, "ext4: inode %u: on the way to its block %llu: %s", inode->ino,
			(unsigned long long)index, what);
}

/* The last entry that begins at or before `index`; NULL: all begin later. */
static const union entry_disk *find(const union entry_disk *entries, size_t n, uint64_t index)
{
	const union entry_disk *found = NULL;

	for (size_t i = 0; i < n && entries[i].block <= index; i++)
		found = &entries[i];
	return found;
}

/* This and the next two return what is wrong, or NULL. */
static const char *read_extent(const union entry_disk *e, uint64_t index, struct answer *a)
{
	uint64_t skip = index - e->extent.ee_block, length = e->extent.ee_len;
	uint64_t start = e->extent.ee_start_lo | (uint64_t)e->extent.ee_start_hi << 32;
	bool written = length <= WRITTEN_MAX;

	if (length == 0 || start == 0)
		return "an extent without blocks";
	length -= written ? 0 : WRITTEN_MAX;
	if (skip < length)
		a->run = (struct ext2_run){ written ? start + skip : 0, length - skip };
	return NULL;
}

/* `level` is the depth that this node must have. */
static const char *check(const struct node_disk *node, size_t size, unsigned level)
{
	if (node->eh_magic != EXTENT_MAGIC)
		return "a node without the magic number";
	if (node->eh_depth != level)
		return "a node at the wrong depth";
	if (node->eh_entries > node->eh_max || node->eh_max > size / ENTRY_SIZE - 1)
		return "a node with more entries than it has room for";
	if (level && node->eh_entries == 0)
		return "a node with nothing below it";
	return NULL;
}

static const char *look_up(const void *data, size_t size, unsigned level, uint64_t index,
			   struct answer *a)
{
	const struct node_disk *node = data;
	const union entry_disk *entries = (const void *)(node + 1), *e, *next;
	const char *fault = check(node, size, level);

	if (fault)
		return fault;
	e = find(entries, node->eh_entries, index);
	next = e ? e + 1 : entries;
	if (next < entries + node->eh_entries)
		a->next = min_u64(a->next, next->block);
	if (!e)
		return NULL;
	if (level == 0)
		return read_extent(e, index, a);
	a->child = e->below.ei_leaf_lo | (uint64_t)e->below.ei_leaf_hi << 32;
	return a->child ? NULL : "an entry that leads nowhere";
}

static int look_up_block(struct ext2 *fs, const struct ext2_inode *inode, unsigned level,
			 uint64_t index, struct answer *a)
{
	uint64_t block = a->child;
	const struct buf *buf;
	const char *fault;
	int err;

	a->child = 0;
	if (!ext2_block_exists(fs, block))
		return damaged(inode, index, "a node past the end of the disk");
	count(&tree_blocks, 1);
	err = bio_get(fs->bio, block, &buf);
	if (err)
		return err;
	fault = look_up(buf->data, fs->block_size, level, index, a);
	bio_put(fs->bio, buf);
	return fault ? damaged(inode, index, fault) : 0;
}

int ext4_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index, struct ext2_run *out)
{
	const struct node_disk *root = (const void *)inode->block;
	struct answer a = { .next = UINT32_MAX };
	unsigned level = root->eh_depth;
	const char *fault;

	if (level > DEPTH_MAX)
		return damaged(inode, index, "a tree of more than five levels");
	fault = look_up(root, sizeof(inode->block), level, index, &a);
	if (fault)
		return damaged(inode, index, fault);
	while (a.child) {
		int err = look_up_block(fs, inode, --level, index, &a);
		if (err)
			return err;
	}
	if (a.run.nblocks == 0) {
		*out = (struct ext2_run){ 0, a.next > index ? a.next - index : 1 };
		return 0;
	}
	if (a.run.block &&
	    (!ext2_block_exists(fs, a.run.block) || a.run.nblocks > fs->nblocks - a.run.block))
		return damaged(inode, index, "a run past the end of the disk");
	*out = a.run;
	return 0;
}
