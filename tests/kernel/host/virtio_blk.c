/*
 * A block device that is an array. See host.h for how it differs from a real one.
 */
#include "kernel/blk.h"
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include "core/count.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "host.h"

COUNTER(requests, "array.requests");
COUNTER(bytes, "array.bytes");

struct blk {
	uint64_t nsectors;
	struct blk_req **queue; /* submitted, not carried out */
	size_t n;
};

int blk_open(struct blk **out)
{
	struct blk *dev = calloc(1, sizeof(*dev));

	dev->nsectors = host.disk_bytes / SECTOR_SIZE;
	*out = dev;
	return 0;
}

void blk_close(struct blk *dev)
{
	BUG_ON(dev->n);
	free(dev->queue);
	free(dev);
}

uint64_t blk_nsectors(const struct blk *dev)
{
	return dev->nsectors;
}

/* A device must not be pointed at a stack: that memory need not be contiguous. */
static bool is_heap(void *p)
{
	char name[1];
	void *start;
	size_t size;

	return !strcmp(__asan_locate_address(p, name, sizeof(name), &start, &size), "heap");
}

static int check(const struct blk *dev, const struct blk_req *req)
{
	uint64_t nbytes = 0;

	for (size_t i = 0; i < req->nsegs; i++) {
		BUG_ON(!is_heap(req->segs[i].p));
		if (req->segs[i].n % SECTOR_SIZE)
			return complain(-EINVAL, "array: %zu bytes are no whole sectors",
					req->segs[i].n);
		nbytes += req->segs[i].n;
	}
	if (!fits(req->sector, nbytes / SECTOR_SIZE, dev->nsectors))
		return complain(-EINVAL, "array: sectors %llu to %llu of %llu",
				(unsigned long long)req->sector,
				(unsigned long long)(req->sector + nbytes / SECTOR_SIZE),
				(unsigned long long)dev->nsectors);
	return 0;
}

int blk_submit(struct blk *dev, struct blk_req *reqs, size_t nreqs)
{
	for (size_t i = 0; i < nreqs; i++) {
		int err = check(dev, &reqs[i]);

		if (err)
			return err;
	}
	dev->queue = realloc(dev->queue, (dev->n + nreqs) * sizeof(*dev->queue));
	for (size_t i = 0; i < nreqs; i++)
		dev->queue[dev->n++] = &reqs[i];
	return 0;
}

static int carry_out(struct blk_req *req)
{
	const char *from = (const char *)host.disk + req->sector * SECTOR_SIZE;
	static uint64_t n;

	if (++n == host.fail_read && host_failure())
		return complain(-EIO, "array: sector %llu: told to fail",
				(unsigned long long)req->sector);
	count(&requests, 1);
	for (size_t i = 0; i < req->nsegs; i++) {
		memcpy(req->segs[i].p, from, req->segs[i].n);
		from += req->segs[i].n;
		count(&bytes, req->segs[i].n);
	}
	return 0;
}

int blk_wait(struct blk *dev)
{
	int first = 0;

	while (dev->n) {
		struct blk_req *req = dev->queue[--dev->n];

		req->err = carry_out(req);
		if (req->err)
			first = req->err;
	}
	return first;
}
