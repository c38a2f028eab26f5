/*
 * Blocks on loan, by a script:
 *
 *	bio IMAGE BLOCK_SIZE COMMAND...
 *
 *	7	use block 7: borrow it and give it back
 *	+7	borrow it and keep it
 *	-7	give one loan of it back
 *
 * Every block of the image is filled with its own number (32 bits), and whatever is on loan
 * is compared with it after every command. Prints an errno for each command that failed, what
 * is wrong with a block if something is, and the counters. Exit status 1: a command failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../host/host.h"
#include "core/err.h"
#include "kernel/bio.h"

enum { MAX_LOANS = 1024 };

static const struct buf *loans[MAX_LOANS];
static size_t nloans, block_size;
static int status;

static bool is_whole(const struct buf *buf)
{
	for (size_t i = 0; i < block_size; i += sizeof(uint32_t))
		if (load_le32(buf->data + i) != buf->block)
			return false;
	return true;
}

static void give_back(struct bio *bio, uint64_t block)
{
	for (size_t i = nloans; i-- > 0;) {
		if (loans[i]->block != block)
			continue;
		bio_put(bio, loans[i]);
		loans[i] = loans[--nloans];
		return;
	}
}

static void borrow(struct bio *bio, uint64_t block)
{
	int err = bio_get(bio, block, &loans[nloans]);

	if (err) {
		printf("%llu %s\n", (unsigned long long)block, err_name(err));
		status = 1;
	} else if (loans[nloans++]->block != block) {
		printf("%llu came as another\n", (unsigned long long)block);
	}
}

static void obey(struct bio *bio, const char *command)
{
	uint64_t block = strtoull(command + (command[0] == '+' || command[0] == '-'), NULL, 10);
	size_t before = nloans;

	if (command[0] != '-')
		borrow(bio, block);
	for (size_t i = 0; i < nloans; i++)
		if (!is_whole(loans[i]))
			printf("%llu changed\n", (unsigned long long)loans[i]->block);
	if (command[0] == '-' || (command[0] != '+' && nloans > before))
		give_back(bio, block);
}

int main(int argc, char **argv)
{
	struct blk *dev;
	struct bio *bio;

	if (argc < 3)
		return 2;
	host_set_up(argv[1]);
	block_size = strtoull(argv[2], NULL, 10);
	if (blk_open(&dev) || bio_open(dev, block_size, &bio))
		return 1;
	for (int i = 3; i < argc; i++)
		obey(bio, argv[i]);
	while (nloans)
		give_back(bio, loans[0]->block);
	bio_close(bio);
	blk_close(dev);
	host_print_counters();
	return status;
}
