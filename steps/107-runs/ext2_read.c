/*
 * The bytes of an inode, run by run: blocks that follow each other on the disk are one
 * request, which the device writes straight into the caller's memory.
 *
 * Requests are collected and submitted together. What is not whole blocks in whole sectors
 * of memory (a first or last piece, an odd segment) goes block by block through bio_get(),
 * as it always did.
 *
 * Cost: for every run of the file one ext2_map() and a request; no copy.
 */
#include "core/count.h"
#include "core/err.h"
#include "kernel/cursor.h"
#include "kernel/ext2.h"

COUNTER(data_blocks, "ext2.data_blocks");
COUNTER(runs, "ext2.runs");

enum { NREQS = 32, NSEGS = 64 };
#define RUN_MAX (1 * GIB) /* bytes in a request: a descriptor's length has 32 bits */

/* Requests on their way. */
struct batch {
	struct blk *dev;
	struct blk_req reqs[NREQS];
	struct seg segs[NSEGS];
	size_t nreqs, nsegs;
};

static int batch_finish(struct batch *b)
{
	int err = b->nreqs ? blk_submit(b->dev, b->reqs, b->nreqs) : 0;

	if (!err)
		err = blk_wait(b->dev);
	b->nreqs = b->nsegs = 0;
	return err;
}

/* How many of the next `n` bytes of memory come in at most `nsegs` pieces of whole sectors. */
static size_t direct_bytes(struct cursor to, size_t n, size_t nsegs)
{
	size_t done = 0;

	while (done < n && nsegs--) {
		struct seg piece = cursor_take(&to, n - done);

		done += round_down(piece.n, SECTOR_SIZE);
		if (piece.n == 0 || piece.n % SECTOR_SIZE) /* its rest goes block by block */
			break;
	}
	return done;
}

/* Whole blocks of a run, as one request more of the batch. Returns how many bytes; 0: none. */
static size_t add_run(struct ext2 *fs, struct batch *b, const struct ext2_run *run, size_t n,
		      struct cursor *to)
{
	struct blk_req *req = &b->reqs[b->nreqs];

	n = round_down(min_u64(n, RUN_MAX), fs->block_size);
	n = round_down(direct_bytes(*to, n, NSEGS - b->nsegs), fs->block_size);
	if (n == 0)
		return 0;
	*req = (struct blk_req){ .sector = run->block * (fs->block_size / SECTOR_SIZE),
				 .segs = &b->segs[b->nsegs] };
	for (size_t left = n; left; left -= req->segs[req->nsegs++].n)
		b->segs[b->nsegs++] = cursor_take(to, left);
	b->nreqs++;
	count(&runs, 1);
	count(&data_blocks, n / fs->block_size);
	return n;
}

/* `n` bytes of one block, from `skip` bytes into it. */
static int copy_block(struct ext2 *fs, uint64_t block, size_t skip, size_t n, struct cursor *to)
{
	const struct buf *buf;
	int err;

	count(&data_blocks, 1);
	err = bio_get(fs->bio, block, &buf);
	if (err)
		return err;
	cursor_fill(to, buf->data + skip, n);
	bio_put(fs->bio, buf);
	return 0;
}

/* The next bytes of the file, `left` at most, from one run. Returns how many, or -errno. */
static ssize_t read_run(struct ext2 *fs, const struct ext2_inode *inode, uint64_t offset,
			size_t left, struct batch *b, struct cursor *to)
{
	size_t skip = offset % fs->block_size, n;
	struct ext2_run run;
	int err = ext2_map(fs, inode, offset / fs->block_size, &run);

	if (err)
		return err;
	n = min_u64(left, run.nblocks * fs->block_size - skip);
	if (run.block == 0) {
		cursor_fill(to, NULL, n);
		return (ssize_t)n;
	}
	if (b->nreqs == NREQS || b->nsegs == NSEGS)
		err = batch_finish(b);
	if (!err && skip == 0 && (left = add_run(fs, b, &run, n, to)))
		return (ssize_t)left;
	n = min_u64(n, fs->block_size - skip);
	if (!err)
		err = copy_block(fs, run.block, skip, n, to);
	return err ? err : (ssize_t)n;
}

ssize_t ext2_read(struct ext2 *fs, const struct ext2_inode *inode, uint64_t offset,
		  const struct seg *segs, size_t nsegs)
{
	struct cursor to = { .seg = segs };
	struct batch batch = { .dev = fs->dev };
	size_t wanted = 0, done = 0;
	ssize_t n = 0;
	int err;

	for (size_t i = 0; i < nsegs; i++)
		wanted += segs[i].n;
	if (offset >= inode->size)
		return 0;
	wanted = min_u64(wanted, inode->size - offset);
	while (done < wanted && n >= 0) {
		n = read_run(fs, inode, offset + done, wanted - done, &batch, &to);
		done += n > 0 ? (size_t)n : 0;
	}
	err = batch_finish(&batch);
	return n < 0 ? n : err ? err : (ssize_t)done;
}
