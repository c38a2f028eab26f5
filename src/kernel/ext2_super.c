/*
 * What file system is this, and can we read it?
 *
 * Mounting reads the superblock and every group descriptor once. Where the groups keep
 * their inodes stays in memory: eight bytes a group.
 */
#include "core/err.h"
#include "core/format.h"
#include "kernel/complain.h"
#include "kernel/ext2.h"
#include "kernel/heap.h"

/* Of 1 KiB << this; the format has blocks of up to 64 KiB. */
enum { LARGEST_LOG_BLOCK_SIZE = 2, LARGEST_LOG_OF_ALL = 6 };
enum { REVISION_0_INODE_SIZE = 128, DESC_SIZE_64BIT = 64 };

/*
 * flex_bg only moves tables about, 64bit only lengthens the descriptors, and the seed is for
 * checksums, which nobody here looks at.
 */
#define KNOWN_FEATURES                                                          \
	(EXT2_INCOMPAT_FILETYPE | EXT4_INCOMPAT_64BIT | EXT4_INCOMPAT_FLEX_BG | \
	 EXT4_INCOMPAT_CSUM_SEED)

/* As tune2fs calls them. */
static const struct {
	uint32_t bit;
	const char *name;
} feature_names[] = {
	{ EXT2_INCOMPAT_COMPRESSION, "compression" }, /* never came into the kernel */
	{ EXT3_INCOMPAT_RECOVER, "needs_recovery" },
	{ EXT3_INCOMPAT_JOURNAL_DEV, "journal_dev" },
	{ EXT2_INCOMPAT_META_BG, "meta_bg" },
	{ EXT4_INCOMPAT_EXTENTS, "extent" },
	{ EXT4_INCOMPAT_MMP, "mmp" },
	{ EXT4_INCOMPAT_EA_INODE, "ea_inode" },
	{ EXT4_INCOMPAT_DIRDATA, "dirdata" },
	{ EXT4_INCOMPAT_LARGEDIR, "large_dir" },
	{ EXT4_INCOMPAT_INLINE_DATA, "inline_data" },
	{ EXT4_INCOMPAT_ENCRYPT, "encrypt" },
	{ EXT4_INCOMPAT_CASEFOLD, "casefold" },
};

static int refuse_features(uint32_t unknown)
{
	char names[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(feature_names); i++) {
		if (!(unknown & feature_names[i].bit))
			continue;
		unknown &= ~feature_names[i].bit;
		n += format(names + n, sizeof(names) - n, " %s", feature_names[i].name);
	}
	if (unknown)
		format(names + n, sizeof(names) - n, " 0x%x (nameless)", unknown);
	return complain(-EOPNOTSUPP, "ext2: features that this kernel cannot read:%s", names);
}

static int check_block_size(uint32_t log)
{
	if (log > LARGEST_LOG_OF_ALL)
		return complain(-EUCLEAN,
				"ext2: superblock, byte %zu: blocks of 2^(10 + %u) bytes, where 64 "
				"KiB are the most",
				offsetof(struct ext2_super_disk, s_log_block_size), log);
	if (log > LARGEST_LOG_BLOCK_SIZE)
		return complain(-EOPNOTSUPP, "ext2: blocks of %u KiB, and not of 1, 2 or 4",
				1u << log);
	return 0;
}

static int check_kind(const struct ext2_super_disk *super)
{
	uint32_t known = KNOWN_FEATURES | ext2_map_features;

	if (super->s_magic != EXT2_MAGIC)
		return complain(-EINVAL, "ext2: no file system here: the magic number is 0x%04x",
				super->s_magic);
	if (super->s_rev_level > 1)
		return complain(-EOPNOTSUPP, "ext2: revision %u", super->s_rev_level);
	if (super->s_rev_level == 1 && super->s_feature_incompat & ~known)
		return refuse_features(super->s_feature_incompat & ~known);
	return check_block_size(super->s_log_block_size);
}

static int check_size(const struct ext2 *fs)
{
	uint64_t room = blk_nsectors(fs->dev) / (fs->block_size / SECTOR_SIZE);

	if (fs->nblocks > room)
		return complain(-EUCLEAN, "ext2: %llu blocks of %zu bytes on a device for %llu",
				(unsigned long long)fs->nblocks, fs->block_size,
				(unsigned long long)room);
	if (fs->inode_size < REVISION_0_INODE_SIZE || fs->inode_size > fs->block_size ||
	    fs->inode_size & (fs->inode_size - 1))
		return complain(-EUCLEAN, "ext2: inodes of %zu bytes", fs->inode_size);
	return 0;
}

/* Clusters are counted from block 0 on, also where blocks are not. */
static bool is_first_block(const struct ext2_super_disk *super, uint64_t first)
{
	if (first == 0 && super->s_rev_level &&
	    super->s_feature_ro_compat & EXT4_RO_COMPAT_BIGALLOC)
		return true;
	return first == (super->s_log_block_size == 0);
}

/* How many groups there are, and that they have room for the inodes. */
static int count_groups(const struct ext2_super_disk *super, struct ext2 *fs)
{
	uint64_t first = super->s_first_data_block, ngroups;

	if (!is_first_block(super, first) || fs->nblocks <= first)
		return complain(-EUCLEAN, "ext2: the first of %llu blocks is number %llu",
				(unsigned long long)fs->nblocks, (unsigned long long)first);
	if (super->s_blocks_per_group == 0 || super->s_inodes_per_group == 0)
		return complain(-EUCLEAN, "ext2: groups of %u blocks and %u inodes",
				super->s_blocks_per_group, super->s_inodes_per_group);
	ngroups = div_round_up(fs->nblocks - first, super->s_blocks_per_group);
	if (ngroups > UINT32_MAX || ngroups * super->s_inodes_per_group < fs->ninodes)
		return complain(-EUCLEAN, "ext2: %u inodes in %llu groups of %u", fs->ninodes,
				(unsigned long long)ngroups, super->s_inodes_per_group);
	fs->ngroups = ngroups;
	return 0;
}

static int read_geometry(const struct ext2_super_disk *super, struct ext2 *fs)
{
	int err;

	fs->block_size = (size_t)1024 << super->s_log_block_size;
	fs->incompat = super->s_rev_level ? super->s_feature_incompat : 0;
	fs->inode_size = super->s_rev_level ? super->s_inode_size : REVISION_0_INODE_SIZE;
	fs->nblocks = super->s_blocks_count;
	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		fs->nblocks |= (uint64_t)super->s_blocks_count_hi << 32;
	fs->ninodes = super->s_inodes_count;
	fs->inodes_per_group = super->s_inodes_per_group;
	err = check_size(fs);
	return err ? err : count_groups(super, fs);
}

static uint64_t inode_table(const uint8_t *desc, size_t desc_size)
{
	uint64_t table = load_le32(desc + offsetof(struct ext2_group_disk, bg_inode_table));

	if (desc_size >= DESC_SIZE_64BIT)
		table |= (uint64_t)load_le32(desc + EXT4_GROUP_INODE_TABLE_HI) << 32;
	return table;
}

/* The descriptors lie side by side from `block` on, in the order of the groups. */
static int read_groups(struct ext2 *fs, uint64_t block, size_t desc_size)
{
	uint32_t per_block = fs->block_size / desc_size;

	for (uint32_t group = 0; group < fs->ngroups; block++) {
		const struct buf *buf;
		int err = bio_get(fs->bio, block, &buf);

		if (err)
			return err;
		for (uint32_t i = 0; i < per_block && group < fs->ngroups; i++)
			fs->inode_tables[group++] =
				inode_table(buf->data + i * desc_size, desc_size);
		bio_put(fs->bio, buf);
	}
	for (uint32_t group = 0; group < fs->ngroups; group++)
		if (!ext2_block_exists(fs, fs->inode_tables[group]))
			return complain(-EUCLEAN,
					"ext2: group %u: its inodes begin at block %llu of %llu",
					group, (unsigned long long)fs->inode_tables[group],
					(unsigned long long)fs->nblocks);
	return 0;
}

static int open_groups(const struct ext2_super_disk *super, struct ext2 *fs)
{
	uint64_t first = EXT2_SUPER_OFFSET / fs->block_size + 1; /* behind the superblock's */
	size_t desc_size = sizeof(struct ext2_group_disk);
	int err;

	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		desc_size = super->s_desc_size;
	if (desc_size < sizeof(struct ext2_group_disk) || desc_size > fs->block_size ||
	    desc_size & (desc_size - 1))
		return complain(-EUCLEAN, "ext2: group descriptors of %zu bytes", desc_size);
	if (!fits(first, div_round_up(fs->ngroups, fs->block_size / desc_size), fs->nblocks))
		return complain(-EUCLEAN, "ext2: no room for %u group descriptors", fs->ngroups);
	fs->inode_tables = heap_alloc(fs->ngroups * sizeof(*fs->inode_tables));
	if (!fs->inode_tables)
		return complain(-ENOMEM, "ext2: no memory for a table of %u groups", fs->ngroups);
	err = read_groups(fs, first, desc_size);
	if (err)
		heap_free(fs->inode_tables);
	return err;
}

/* A file system in `fs`, whose device is set; nothing is left to free on an error. */
static int mount(struct ext2 *fs)
{
	struct ext2_super_disk super;
	int err = blk_read_bytes(fs->dev, EXT2_SUPER_OFFSET, &super, sizeof(super));

	if (!err)
		err = check_kind(&super);
	if (!err)
		err = read_geometry(&super, fs);
	if (!err)
		err = bio_open(fs->dev, fs->block_size, &fs->bio);
	if (err)
		return err;
	err = open_groups(&super, fs);
	if (err)
		bio_close(fs->bio);
	return err;
}

int ext2_mount(struct blk *dev, struct ext2 **out)
{
	struct ext2 *fs = heap_alloc(sizeof(*fs));
	int err;

	if (!fs)
		return complain(-ENOMEM, "ext2: no memory for a file system");
	*fs = (struct ext2){ .dev = dev };
	err = mount(fs);
	if (err)
		heap_free(fs);
	else
		*out = fs;
	return err;
}

void ext2_unmount(struct ext2 *fs)
{
	heap_free(fs->inode_tables);
	bio_close(fs->bio);
	heap_free(fs);
}
