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
#include "core/format.h"
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
#define HEAD_AT(field) offsetof(struct node_disk, field)

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

/* A node of the tree, and what the one above says of it. */
struct node {
	uint64_t block;      /* where it is on the disk; 0: in the inode */
	unsigned level;      /* so many are below it; 0: its entries are extents */
	uint64_t first, end; /* the file's blocks that it may speak of */
};

static int damaged(const struct ext2_inode *inode, uint64_t index, const struct node *node,
		   const struct where *where)
{
	char place[32] = "the inode";

	if (node->block)
		format(place, sizeof(place), "block %llu", (unsigned long long)node->block);
	return complain(-EUCLEAN, "ext4: inode %u: on the way to its block %llu: %s, byte %zu: %s",
			inode->ino, (unsigned long long)index, place, where->pos, where->what);
}

static bool is_written(const union entry_disk *e)
{
	return e->extent.ee_len <= WRITTEN_MAX;
}

/* The blocks of the file that an entry surely speaks of, and those of the disk that it leads to. */
static uint64_t length_of(const struct node *node, const union entry_disk *e)
{
	if (node->level)
		return 1;
	return e->extent.ee_len - (is_written(e) ? 0 : WRITTEN_MAX);
}

static uint64_t target_of(const struct node *node, const union entry_disk *e)
{
	if (node->level)
		return e->below.ei_leaf_lo | (uint64_t)e->below.ei_leaf_hi << 32;
	return e->extent.ee_start_lo | (uint64_t)e->extent.ee_start_hi << 32;
}

/* This and the next return what is wrong with an entry, or NULL. */
static const char *target_fault(const struct ext2 *fs, const struct node *node,
				const union entry_disk *e)
{
	uint64_t target = target_of(node, e), length = length_of(node, e);

	if (target == 0 || length == 0)
		return node->level ? "an entry that leads nowhere" : "an extent without blocks";
	if (!ext2_block_exists(fs, target) || length > fs->nblocks - target)
		return node->level ? "a node past the end of the disk"
				   : "a run past the end of the disk";
	return NULL;
}

/* `from`: the first of the file's blocks that no entry before this one has spoken of. */
static const char *entry_fault(const struct ext2 *fs, const struct node *node,
			       const union entry_disk *e, uint64_t from)
{
	if (e->block < from)
		return "an entry that begins before the end of the one before it";
	if (e->block + length_of(node, e) > node->end)
		return "an entry that ends behind the last block of its node";
	return target_fault(fs, node, e);
}

/* Linux looks at all of a node, too: what one entry says of a block, another may deny. */
static int check_entries(const struct ext2 *fs, const struct node *node,
			 const union entry_disk *entries, size_t n, struct where *where)
{
	uint64_t from = node->first;

	for (size_t i = 0; i < n; i++) {
		const char *fault = entry_fault(fs, node, &entries[i], from);

		if (!fault && i == 0 && node->block && entries->block != from)
			fault = "a node that begins elsewhere than the one above says";
		if (fault)
			return fail_at(where, -EUCLEAN, (i + 1) * ENTRY_SIZE, fault);
		from = entries[i].block + length_of(node, &entries[i]);
	}
	return 0;
}

static int check_head(const struct node_disk *head, size_t size, const struct node *node,
		      struct where *where)
{
	if (head->eh_magic != EXTENT_MAGIC)
		return fail_at(where, -EUCLEAN, 0, "a node without the magic number");
	if (head->eh_depth != node->level)
		return fail_at(where, -EUCLEAN, HEAD_AT(eh_depth), "a node at the wrong depth");
	if (head->eh_entries > head->eh_max || head->eh_max > size / ENTRY_SIZE - 1)
		return fail_at(where, -EUCLEAN, HEAD_AT(eh_entries),
			       "a node with more entries than it has room for");
	if (head->eh_entries == 0 && (node->level || node->block))
		return fail_at(where, -EUCLEAN, HEAD_AT(eh_entries),
			       "a node with nothing below it");
	return 0;
}

/* The last entry that begins at or before `index`; NULL: all begin later. */
static const union entry_disk *find(const union entry_disk *entries, size_t n, uint64_t index)
{
	const union entry_disk *found = NULL;

	for (size_t i = 0; i < n && entries[i].block <= index; i++)
		found = &entries[i];
	return found;
}

/* The extent that `index` is in, from there on; or the hole, which ends where `next` begins. */
static struct ext2_run run_from(const struct node *leaf, const union entry_disk *e, uint64_t index,
				uint64_t next)
{
	uint64_t skip = e ? index - e->block : 0;

	if (!e || skip >= length_of(leaf, e))
		return (struct ext2_run){ 0, next - index };
	return (struct ext2_run){ is_written(e) ? target_of(leaf, e) + skip : 0,
				  length_of(leaf, e) - skip };
}

/* What one node says: `node` becomes the one below it, or `run` is set and that is the answer. */
static int look_up(const struct ext2 *fs, const void *bytes, size_t size, uint64_t index,
		   struct node *node, struct ext2_run *run, struct where *where)
{
	const struct node_disk *head = bytes;
	const union entry_disk *entries = (const void *)(head + 1), *e, *next;
	int err = check_head(head, size, node, where);

	if (!err)
		err = check_entries(fs, node, entries, head->eh_entries, where);
	if (err)
		return err;
	e = find(entries, head->eh_entries, index);
	next = e ? e + 1 : entries;
	if (next < entries + head->eh_entries)
		node->end = next->block;
	if (node->level == 0 || !e)
		*run = run_from(node, e, index, node->end);
	else
		*node = (struct node){ target_of(node, e), node->level - 1, e->block, node->end };
	return 0;
}

static int look_up_block(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index,
			 struct node *node, struct ext2_run *run)
{
	struct where where;
	const struct buf *buf;
	int err;

	count(&tree_blocks, 1);
	err = bio_get(fs->bio, node->block, &buf);
	if (err)
		return err;
	err = look_up(fs, buf->data, fs->block_size, index, node, run, &where);
	bio_put(fs->bio, buf);
	return err ? damaged(inode, index, node, &where) : 0;
}

int ext4_map(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index, struct ext2_run *out)
{
	const struct node_disk *root = (const void *)inode->block;
	struct node node = { .level = root->eh_depth, .end = EXT4_FILE_BLOCKS_MAX };
	struct ext2_run run = { .nblocks = 0 };
	struct where where = { HEAD_AT(eh_depth), "a tree of more than five levels" };
	int err;

	if (node.level > DEPTH_MAX)
		return damaged(inode, index, &node, &where);
	err = look_up(fs, root, sizeof(inode->block), index, &node, &run, &where);
	if (err)
		return damaged(inode, index, &node, &where);
	while (!run.nblocks && !err)
		err = look_up_block(fs, inode, index, &node, &run);
	if (!err)
		*out = run;
	return err;
}
