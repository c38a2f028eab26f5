/*
 * The bytes of an inode, block by block.
 *
 * Cost: for every block of the file one ext2_map(), one loan, and a copy.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/cursor.h"
#include "kernel/ext2.h"

COUNTER(data_blocks, "ext2.data_blocks");

/* `n` bytes of one block of the file, from `skip` bytes into it. */
static int read_piece(struct ext2 *fs, const struct ext2_inode *inode, uint64_t index, size_t skip,
		      size_t n, struct cursor *to)
{
	const struct buf *buf;
	struct ext2_run run;
	int err = ext2_map(fs, inode, index, &run);

	if (err)
		return err;
	if (run.block == 0) {
		cursor_fill(to, NULL, n);
		return 0;
	}
	count(&data_blocks, 1);
	err = bio_get(fs->bio, run.block, &buf);
	if (err)
		return err;
	cursor_fill(to, buf->data + skip, n);
	bio_put(fs->bio, buf);
	return 0;
}

ssize_t ext2_read(struct ext2 *fs, const struct ext2_inode *inode, uint64_t offset,
		  const struct seg *segs, size_t nsegs)
{
	struct cursor to = { .seg = segs };
	size_t wanted = 0, done = 0;

	for (size_t i = 0; i < nsegs; i++)
		wanted += segs[i].n;
	if (offset >= inode->size)
		return 0;
	wanted = min_u64(wanted, inode->size - offset);
	while (done < wanted) {
		uint64_t index = (offset + done) / fs->block_size;
		size_t skip = (offset + done) % fs->block_size;
		size_t n = min_u64(fs->block_size - skip, wanted - done);
		int err = read_piece(fs, inode, index, skip, n, &to);

		if (err)
			return err;
		done += n;
	}
	return (ssize_t)done;
}
