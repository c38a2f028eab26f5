/*
 * Bytes that take less memory than they are, and a few of them that do not.
 *
 * Cost: a block is decoded for each question that no slot can answer, whatever is asked for: 4 KiB
 * here and there are sixteen times as much work as 4 KiB in order.
 */
#include "stdio/frames/blocks.h"
#include <limits.h>
#include <lz4.h>
#include <stdlib.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/sys.h"

COUNTER(decoded, "packed.decoded");

#define SLOTS_SIZE (BLOCK_SLOTS * BLOCK_SIZE)

/* --- packing ------------------------------------------------------------------------------- */

/* A slot is where bytes wait to be packed. */
static int pack(struct blocks *b, int fd, size_t size, char *p, size_t room)
{
	size_t *at = b->begins;
	ssize_t n = BLOCK_SIZE;

	for (*at = SLOTS_SIZE; n == BLOCK_SIZE && b->n < size; b->n += n) {
		n = sys_pread_all(fd, p, min_u64(BLOCK_SIZE, size - b->n), b->n);
		if (n <= 0)
			return n;
		at[1] = *at + LZ4_compress_default(p, p + *at, n, min_u64(room - *at, INT_MAX));
		if (at[1] == *at)
			return -ENOMEM;
		at++;
	}
	return 0;
}

static int read_held(struct blocks *b, int fd, size_t size, size_t room)
{
	char *p;
	int err = memory_hold(&b->memory, room, &p);

	if (err)
		return err;
	advice_prefetching(fd, size);
	err = pack(b, fd, size, p, room);
	if (err) {
		memory_give_up(&b->memory, p);
		return err;
	}
	room = b->begins[div_round_up(b->n, BLOCK_SIZE)];
	err = memory_trim(&b->memory, &p, room);
	if (!err)
		memory_keep(&b->memory, p, room);
	return err;
}

int blocks_read(int fd, size_t size, size_t room, struct blocks **out)
{
	size_t nblocks = div_round_up(size, BLOCK_SIZE);
	struct blocks *b = calloc(1, sizeof(*b) + (nblocks + 1) * sizeof(b->begins[0]));
	int err = !b ? -ENOMEM : room < SLOTS_SIZE ? -ENOMEM : read_held(b, fd, size, room);

	if (err) {
		free(b);
		return err;
	}
	memory_unpin(&b->memory);
	pthread_mutex_init(&b->lock, NULL);
	*out = b;
	return 0;
}

void blocks_free(struct blocks *b)
{
	memory_release(&b->memory);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* --- looking: memory is pinned ------------------------------------------------------------- */

static char *plain_of(struct blocks *b, const struct slot *s)
{
	return b->memory.p + (s - b->slots) * BLOCK_SIZE;
}

/* It has the block, or may have it: nobody looks at it, nor has for longest. NULL: none may. */
static struct slot *slot_for(struct blocks *b, uint64_t block)
{
	struct slot *oldest = NULL;

	for (struct slot *s = b->slots; s < b->slots + BLOCK_SLOTS; s++) {
		if (s->block == block + 1)
			return s;
		if (!s->pins && (!oldest || s->used < oldest->used))
			oldest = s;
	}
	return oldest;
}

static bool decode(struct blocks *b, struct slot *s, uint64_t block)
{
	size_t begin = b->begins[block], end = b->begins[block + 1];
	int n = LZ4_decompress_safe(b->memory.p + begin, plain_of(b, s), end - begin, BLOCK_SIZE);

	s->block = n > 0 ? block + 1 : 0;
	count_shared(&decoded, n > 0 ? n : 0);
	return n > 0;
}

static const char *pin_block(struct blocks *b, uint64_t block)
{
	struct slot *s;

	pthread_mutex_lock(&b->lock);
	s = slot_for(b, block);
	if (s && s->block != block + 1 && !decode(b, s, block))
		s = NULL;
	if (s) {
		s->pins++;
		s->used = ++b->now;
	}
	pthread_mutex_unlock(&b->lock);
	return s ? plain_of(b, s) : NULL;
}

ssize_t blocks_show(struct blocks *b, uint64_t at, const char **p)
{
	size_t in_block = at % BLOCK_SIZE;
	const char *plain;

	if (at >= b->n || !memory_pin(&b->memory))
		return 0;
	plain = pin_block(b, at / BLOCK_SIZE);
	if (!plain) {
		memory_unpin(&b->memory);
		return 0;
	}
	*p = plain + in_block;
	return min_u64(BLOCK_SIZE - in_block, b->n - at);
}

void blocks_hide(struct blocks *b, const char *p)
{
	pthread_mutex_lock(&b->lock);
	b->slots[(p - b->memory.p) / BLOCK_SIZE].pins--;
	pthread_mutex_unlock(&b->lock);
	memory_unpin(&b->memory);
}
