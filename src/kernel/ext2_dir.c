/*
 * Which inode has this path?
 *
 * Every directory on the way is read from its beginning until the name turns up: one
 * inode and one or more blocks for each. A hashed directory (dir_index) is read in the
 * same way: its index blocks look like unused entries.
 *
 * Nothing loops on a damaged disk: links are counted, paths are bounded, an entry takes
 * up at least its own head, and a directory has no more blocks than the disk.
 */
#include <string.h>
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/ext2.h"
#include "kernel/heap.h"

/* An entry's inode, and what its type byte says. */
struct entry {
	uint32_t ino;
	uint8_t type;
};

/* A path on its way through the tree. */
struct walk {
	struct ext2 *fs;
	uint32_t ino;     /* where we are */
	struct span rest; /* what is left of the path: empty, or a name or slash first */
	char *text;       /* on the heap, once a link has been followed: `rest` lies in it */
	unsigned nlinks;  /* followed so far */
};

/* What can be wrong with the entry at `at`; NULL if it can be used. */
static const char *entry_fault(const uint8_t *block, size_t at, size_t block_size)
{
	const struct ext2_dirent_disk *e = (const void *)(block + at);

	if (!fits(at, sizeof(*e), block_size))
		return "its head goes past the end of the block";
	if (e->rec_len < sizeof(*e) || e->rec_len % 4)
		return "its length cannot be";
	if (!fits(at, e->rec_len, block_size))
		return "it goes past the end of the block";
	if (e->inode && e->name_len > e->rec_len - sizeof(*e))
		return "its name is longer than itself";
	return NULL;
}

/* Look for `name` in block `index` of `dir`. -ENOENT: it is not in this block. */
static int search_block(const struct ext2 *fs, const struct ext2_inode *dir, uint64_t index,
			const uint8_t *block, struct span name, struct entry *out)
{
	for (size_t at = 0; at < fs->block_size;) {
		const struct ext2_dirent_disk *e = (const void *)(block + at);
		const char *fault = entry_fault(block, at, fs->block_size);

		if (fault)
			return complain(
				-EUCLEAN,
				"ext2: directory inode %u, block %llu: the entry at %zu: %s",
				dir->ino, (unsigned long long)index, at, fault);
		if (e->inode && span_eq(name, (struct span){ e->name, e->name_len })) {
			*out = (struct entry){ .ino = e->inode, .type = e->file_type };
			return 0;
		}
		at += e->rec_len;
	}
	return -ENOENT;
}

static int find_in_block(struct ext2 *fs, const struct ext2_inode *dir, uint64_t index,
			 struct span name, struct entry *out)
{
	const struct buf *buf;
	struct ext2_run run;
	int err = ext2_map(fs, dir, index, &run);

	if (err)
		return err;
	if (run.block == 0)
		return complain(-EUCLEAN, "ext2: directory inode %u: block %llu is a hole",
				dir->ino, (unsigned long long)index);
	err = bio_get(fs->bio, run.block, &buf);
	if (err)
		return err;
	err = search_block(fs, dir, index, buf->data, name, out);
	bio_put(fs->bio, buf);
	return err;
}

/* -ENOENT, -ENOTDIR, -EUCLEAN and the device's errors. */
static int find_in_directory(struct ext2 *fs, const struct ext2_inode *dir, struct span name,
			     struct entry *out)
{
	uint64_t nblocks = dir->size / fs->block_size;
	int err = -ENOENT;

	if ((dir->mode & EXT2_S_IFMT) != EXT2_S_IFDIR)
		return -ENOTDIR;
	if (dir->size % fs->block_size || nblocks > fs->nblocks ||
	    dir->size / SECTOR_SIZE > dir->nsectors)
		return complain(-EUCLEAN, "ext2: directory inode %u: %llu bytes in %u sectors",
				dir->ino, (unsigned long long)dir->size, dir->nsectors);
	for (uint64_t i = 0; i < nblocks && err == -ENOENT; i++)
		err = find_in_block(fs, dir, i, name, out);
	return err;
}

/*
 * Does the target stand in place of the block map? Some write short ones into a block, too. A
 * block may also be one of attributes, as with SELinux: then the length must do.
 */
static bool is_fast(const struct ext2_inode *link)
{
	return link->size < sizeof(link->block) && !(link->flags & EXT4_EXTENTS_FL) &&
	       (link->nsectors == 0 || link->has_acl);
}

/* The link's target into `text`, which has room for all of it. */
static int read_target(struct ext2 *fs, const struct ext2_inode *link, char *text)
{
	struct seg into = { text, link->size };
	ssize_t n;

	if (is_fast(link)) {
		memcpy(text, link->block, link->size);
		return 0;
	}
	n = ext2_read(fs, link, 0, &into, 1);
	return n < 0 ? (int)n : 0;
}

/* What is left of the path is now the link's target and what stood behind the link. */
static int follow(struct walk *w, const struct ext2_inode *link)
{
	size_t n;
	char *text;
	int err;

	if (link->size == 0)
		return complain(-EUCLEAN, "ext2: inode %u: an empty symbolic link", link->ino);
	if (++w->nlinks > EXT2_MAX_LINKS)
		return -ELOOP;
	if (!fits(link->size, w->rest.n, EXT2_PATH_MAX - 1))
		return -ENAMETOOLONG;
	n = link->size + w->rest.n;
	text = heap_alloc(n);
	if (!text)
		return complain(-ENOMEM, "ext2: inode %u: no memory for a path of %zu bytes",
				link->ino, n);
	err = read_target(w->fs, link, text);
	if (err) {
		heap_free(text);
		return err;
	}
	memcpy(text + link->size, w->rest.p, w->rest.n);
	heap_free(w->text);
	w->text = text;
	w->rest = (struct span){ text, n };
	if (text[0] == '/')
		w->ino = EXT2_ROOT_INO;
	return 0;
}

/* Cut the first name off, and the slashes before it; empty when there is none. */
static struct span next_name(struct span *rest)
{
	struct span name;

	while (rest->n && rest->p[0] == '/')
		*rest = (struct span){ rest->p + 1, rest->n - 1 };
	name = *rest;
	while (rest->n && rest->p[0] != '/')
		*rest = (struct span){ rest->p + 1, rest->n - 1 };
	name.n -= rest->n;
	return name;
}

/* One name further. Slashes with nothing behind them still ask for a directory. */
static int step(struct walk *w)
{
	struct ext2_inode inode;
	struct span name = next_name(&w->rest);
	struct entry entry = { 0 };
	int err = ext2_read_inode(w->fs, w->ino, &inode);

	if (err)
		return err;
	if (name.n == 0)
		return (inode.mode & EXT2_S_IFMT) == EXT2_S_IFDIR ? 0 : -ENOTDIR;
	if (name.n > EXT2_NAME_MAX)
		return -ENAMETOOLONG;
	err = find_in_directory(w->fs, &inode, name, &entry);
	if (err)
		return err;
	/* The type byte spares us the inode of what is no link. */
	if (entry.type == EXT2_FT_SYMLINK || entry.type == EXT2_FT_UNKNOWN) {
		err = ext2_read_inode(w->fs, entry.ino, &inode);
		if (err)
			return err;
		if ((inode.mode & EXT2_S_IFMT) == EXT2_S_IFLNK)
			return follow(w, &inode);
	}
	w->ino = entry.ino;
	return 0;
}

int ext2_lookup(struct ext2 *fs, const char *path, uint32_t *ino)
{
	struct walk w = { .fs = fs, .ino = EXT2_ROOT_INO, .rest = span_of(path) };
	int err = w.rest.n < EXT2_PATH_MAX ? 0 : -ENAMETOOLONG;

	while (!err && w.rest.n)
		err = step(&w);
	heap_free(w.text);
	if (!err)
		*ino = w.ino;
	return err;
}
