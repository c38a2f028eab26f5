/*
 * ext2 as it lies on the disk. Little-endian throughout.
 *
 * Source: "The Second Extended File System, Internal Layout" (D. Poirier), and
 * the kernel's Documentation/filesystems/ext4 for the fields that came later.
 */
#ifndef KERNEL_EXT2_FORMAT_H
#define KERNEL_EXT2_FORMAT_H

#include "core/types.h"

#define EXT2_SUPER_OFFSET 1024 /* bytes from the start of the device */
#define EXT2_MAGIC        0xef53
#define EXT2_ROOT_INO     2
#define EXT2_NAME_MAX     255

enum { EXT2_NDIRECT = 12, EXT2_IND = 12, EXT2_DIND = 13, EXT2_TIND = 14, EXT2_NBLOCKS = 15 };

/* s_feature_incompat: who does not know one of these must not read the file system. */
enum {
	EXT2_INCOMPAT_COMPRESSION = 0x1,
	EXT2_INCOMPAT_FILETYPE = 0x2, /* directory entries carry a type byte */
	EXT3_INCOMPAT_RECOVER = 0x4,  /* the journal has not been replayed */
	EXT3_INCOMPAT_JOURNAL_DEV = 0x8,
	EXT2_INCOMPAT_META_BG = 0x10,
	EXT4_INCOMPAT_EXTENTS = 0x40,
	EXT4_INCOMPAT_64BIT = 0x80,
	EXT4_INCOMPAT_MMP = 0x100,
	EXT4_INCOMPAT_FLEX_BG = 0x200,
	EXT4_INCOMPAT_EA_INODE = 0x400,
	EXT4_INCOMPAT_DIRDATA = 0x1000,
	EXT4_INCOMPAT_CSUM_SEED = 0x2000,
	EXT4_INCOMPAT_LARGEDIR = 0x4000,
	EXT4_INCOMPAT_INLINE_DATA = 0x8000,
	EXT4_INCOMPAT_ENCRYPT = 0x10000,
	EXT4_INCOMPAT_CASEFOLD = 0x20000,
};

/* s_feature_ro_compat: who does not know these may read all the same, but for one number. */
enum { EXT4_RO_COMPAT_BIGALLOC = 0x200 /* s_first_data_block is 0 */ };

/* i_mode: the type in the upper four bits. */
enum {
	EXT2_S_IFMT = 0xf000,
	EXT2_S_IFDIR = 0x4000,
	EXT2_S_IFREG = 0x8000,
	EXT2_S_IFLNK = 0xa000,
};

/* file_type of a directory entry; every other value is no symbolic link */
enum { EXT2_FT_UNKNOWN = 0, EXT2_FT_SYMLINK = 7 };

/* i_flags */
enum { EXT4_EXTENTS_FL = 0x80000, EXT4_INLINE_DATA_FL = 0x10000000 };

#define EXT4_FILE_BLOCKS_MAX UINT32_MAX /* of a file with extents: no block is the 2^32nd */

struct PACKED ext2_super_disk {
	uint32_t s_inodes_count;
	uint32_t s_blocks_count;
	uint32_t s_r_blocks_count;
	uint32_t s_free_blocks_count;
	uint32_t s_free_inodes_count;
	uint32_t s_first_data_block; /* 1 with blocks of 1 KiB and no clusters, else 0 */
	uint32_t s_log_block_size;   /* block size = 1024 << this */
	uint32_t s_log_frag_size;
	uint32_t s_blocks_per_group;
	uint32_t s_frags_per_group;
	uint32_t s_inodes_per_group;
	uint32_t s_mtime;
	uint32_t s_wtime;
	uint16_t s_mnt_count;
	uint16_t s_max_mnt_count;
	uint16_t s_magic;
	uint16_t s_state;
	uint16_t s_errors;
	uint16_t s_minor_rev_level;
	uint32_t s_lastcheck;
	uint32_t s_checkinterval;
	uint32_t s_creator_os;
	uint32_t s_rev_level; /* 0: 128-byte inodes and no features */
	uint16_t s_def_resuid;
	uint16_t s_def_resgid;
	uint32_t s_first_ino;
	uint16_t s_inode_size;
	uint16_t s_block_group_nr;
	uint32_t s_feature_compat;
	uint32_t s_feature_incompat;
	uint32_t s_feature_ro_compat;
	uint8_t s_uuid[16];
	char s_volume_name[16];
	char s_last_mounted[64];
	uint32_t s_algorithm_usage_bitmap;
	uint8_t s_prealloc_blocks;
	uint8_t s_prealloc_dir_blocks;
	uint16_t s_reserved_gdt_blocks;
	uint8_t s_journal_uuid[16];
	uint32_t s_journal_inum;
	uint32_t s_journal_dev;
	uint32_t s_last_orphan;
	uint32_t s_hash_seed[4];
	uint8_t s_def_hash_version;
	uint8_t s_jnl_backup_type;
	uint16_t s_desc_size; /* of a group descriptor, with the 64bit feature */
	uint32_t s_default_mount_opts;
	uint32_t s_first_meta_bg;
	uint32_t s_mkfs_time;
	uint32_t s_jnl_blocks[17];
	uint32_t s_blocks_count_hi;
	uint8_t s_reserved[1024 - 340];
};
_Static_assert(sizeof(struct ext2_super_disk) == 1024, "the superblock is 1,024 bytes");
_Static_assert(offsetof(struct ext2_super_disk, s_magic) == 56, "s_magic");
_Static_assert(offsetof(struct ext2_super_disk, s_feature_incompat) == 96, "s_feature_incompat");
_Static_assert(offsetof(struct ext2_super_disk, s_desc_size) == 254, "s_desc_size");
_Static_assert(offsetof(struct ext2_super_disk, s_blocks_count_hi) == 336, "s_blocks_count_hi");

/* The first 32 bytes; with the 64bit feature s_desc_size bytes, the upper halves behind. */
struct PACKED ext2_group_disk {
	uint32_t bg_block_bitmap;
	uint32_t bg_inode_bitmap;
	uint32_t bg_inode_table;
	uint16_t bg_free_blocks_count;
	uint16_t bg_free_inodes_count;
	uint16_t bg_used_dirs_count;
	uint16_t bg_flags;
	uint8_t bg_reserved[12];
};
_Static_assert(sizeof(struct ext2_group_disk) == 32, "a group descriptor is 32 bytes");
#define EXT4_GROUP_INODE_TABLE_HI 40 /* bytes into a 64-byte descriptor */

struct PACKED ext2_inode_disk {
	uint16_t i_mode;
	uint16_t i_uid;
	uint32_t i_size;
	uint32_t i_atime;
	uint32_t i_ctime;
	uint32_t i_mtime;
	uint32_t i_dtime;
	uint16_t i_gid;
	uint16_t i_links_count;
	uint32_t i_blocks; /* in sectors of 512, metadata included */
	uint32_t i_flags;
	uint32_t i_osd1;
	uint32_t i_block[EXT2_NBLOCKS]; /* or a fast symlink's target */
	uint32_t i_generation;
	uint32_t i_file_acl;
	uint32_t i_size_high; /* of a regular file; a directory's ACL otherwise */
	uint32_t i_faddr;
	uint8_t i_osd2[12];
};
_Static_assert(sizeof(struct ext2_inode_disk) == 128, "an inode is 128 bytes at least");

struct PACKED ext2_dirent_disk {
	uint32_t inode;   /* 0: unused */
	uint16_t rec_len; /* to the next entry; a multiple of 4 */
	uint8_t name_len;
	uint8_t file_type; /* revision 0 without filetype: the upper half of name_len, always 0 */
	char name[];
};
_Static_assert(sizeof(struct ext2_dirent_disk) == 8, "a directory entry's head is 8 bytes");

#endif
