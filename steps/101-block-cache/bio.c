/*
 * A cache of 512 KiB: 512 blocks of 1 KiB, or fewer that are larger. What has been read stays
 * in memory until it is the block that has gone unused for longest and its place is wanted.
 *
 * A block is found through a hash table. Those that nobody has on loan also stand in a
 * list, in the order in which they came back, the latest first; the one at its end makes
 * room. A block on loan is in no list, so it cannot lose its place.
 *
 * Cost: a hit takes no reading, no copy and no allocation; a miss takes the read. All
 * memory is taken in bio_open(): the blocks and 48 KiB for the tables.
 */
#include "kernel/bio.h"
#include "core/count.h"
#include "core/err.h"
#include "core/list.h"
#include "kernel/complain.h"
#include "kernel/heap.h"

COUNTER(hits, "cache.hits");
COUNTER(misses, "cache.misses");

#define CACHE_BYTES (512 * KIB)
enum { NPLACES_MAX = 512, NCHAINS = 1024 };

/* Room for a block, and which one is in it. */
struct place {
	struct buf buf;    /* what is lent */
	uint8_t *bytes;    /* the same memory as buf.data */
	struct link chain; /* in one of bio.chains, if it holds a block */
	struct link idle;  /* in bio.idle, unless on loan */
	unsigned nloans;
};

struct bio {
	struct blk *dev;
	size_t block_size;
	uint64_t nblocks; /* that the device has room for */

	struct link chains[NCHAINS]; /* places that hold a block, by its number */
	struct link idle;            /* places that are not on loan, last used first */
	size_t nplaces;
	struct place places[NPLACES_MAX];
	uint8_t bytes[];
};

int bio_open(struct blk *dev, size_t block_size, struct bio **out)
{
	size_t nplaces = min_u64(NPLACES_MAX, CACHE_BYTES / block_size);
	struct bio *bio = heap_alloc(sizeof(*bio) + nplaces * block_size);

	if (!bio)
		return complain(-ENOMEM, "no memory for a cache of %zu blocks of %zu bytes",
				nplaces, block_size);
	bio->dev = dev;
	bio->nplaces = nplaces;
	bio->block_size = block_size;
	bio->nblocks = blk_nsectors(dev) / (block_size / SECTOR_SIZE);
	for (size_t i = 0; i < NCHAINS; i++)
		list_init(&bio->chains[i]);
	list_init(&bio->idle);
	for (size_t i = 0; i < nplaces; i++) {
		bio->places[i] = (struct place){ .bytes = bio->bytes + i * block_size };
		list_init(&bio->places[i].chain);
		list_push_back(&bio->idle, &bio->places[i].idle);
	}
	*out = bio;
	return 0;
}

void bio_close(struct bio *bio)
{
	for (size_t i = 0; bio && i < bio->nplaces; i++)
		BUG_ON(bio->places[i].nloans);
	heap_free(bio);
}

/* Blocks that follow each other fall into different chains. */
static struct link *chain_of(struct bio *bio, uint64_t block)
{
	return &bio->chains[block % NCHAINS];
}

static struct place *find(struct bio *bio, uint64_t block)
{
	struct link *chain = chain_of(bio, block), *it;

	list_for_each (it, chain) {
		struct place *p = CONTAINER_OF(it, struct place, chain);

		if (p->buf.block == block)
			return p;
	}
	return NULL;
}

/* Read a block into the place that has been idle for longest. It is found only once it is whole. */
static int read_block(struct bio *bio, uint64_t block, struct place **out)
{
	struct link *oldest = list_back(&bio->idle);
	struct place *p;
	int err;

	if (!oldest)
		return complain(-ENOMEM, "block %llu: all %zu blocks of the cache are on loan",
				(unsigned long long)block, bio->nplaces);
	p = CONTAINER_OF(oldest, struct place, idle);
	list_remove(&p->chain);
	err = blk_read_bytes(bio->dev, block * bio->block_size, p->bytes, bio->block_size);
	if (err)
		return err;
	p->buf = (struct buf){ .data = p->bytes, .block = block };
	list_push_front(chain_of(bio, block), &p->chain);
	*out = p;
	return 0;
}

int bio_get(struct bio *bio, uint64_t block, const struct buf **out)
{
	struct place *p;
	int err;

	if (block >= bio->nblocks)
		return complain(-EINVAL, "block %llu: the device ends after %llu",
				(unsigned long long)block, (unsigned long long)bio->nblocks);
	p = find(bio, block);
	count(p ? &hits : &misses, 1);
	err = p ? 0 : read_block(bio, block, &p);
	if (err)
		return err;
	list_remove(&p->idle);
	p->nloans++;
	*out = &p->buf;
	return 0;
}

void bio_put(struct bio *bio, const struct buf *buf)
{
	struct place *p = CONTAINER_OF(buf, struct place, buf);

	BUG_ON(p->nloans == 0);
	if (--p->nloans == 0)
		list_push_front(&bio->idle, &p->idle);
}
