/*
 * A file of a set, staged, and kept until the set is closed.
 *
 * A small one is read into memory and its descriptor closed at once, because a set may well have
 * more files than a process may have descriptors. The others are opened as any file; they stay
 * open when their user is done with them, but only so many of them.
 *
 * Cost: four system calls for a small file, and no more however often it is asked for.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "core/count.h"
#include "core/err.h"
#include "stdio/set.h"
#include "stdio/sys.h"

COUNTER(read_ahead, "set.read_ahead");

/* What is read at once is copied once: beyond this size a map is cheaper anyway. */
#define SMALL (1u << 20)

/* The first so many files of a set may keep their descriptors: a quarter of the usual 1,024. */
#define KEEP_OPEN 256

static bool may_stay_open(const struct stage_set *set, const struct set_item *item)
{
	return item - set->items < KEEP_OPEN;
}

/* --- a small file ------------------------------------------------------------------------- */

/*
 * STAGE_ADAPTIVE asks whether a file is worth being read at once. Of a file in a set is known
 * what is a guess elsewhere: that it will be read. So only a map goes before. What may be a frame
 * is left to stage_open(), which reads it as what it was.
 */
static bool suits(const struct stage_set *set, const struct source *src)
{
	static const struct use none;

	if (set->options.flags & STAGE_DECODE || !src->size || src->size > SMALL)
		return false;
	return policy_mode(set->options.mode, src, &none) != STAGE_MMAP;
}

int load_begin(struct loading *l, const struct stage_set *set, uint64_t size)
{
	*l = (struct loading){
		.src = { .fd = -1, .seeks = true, .regular = true, .size = size },
	};
	return suits(set, &l->src) ? memory_hold(&l->room, size + 1, &l->memory) : -EOPNOTSUPP;
}

void load_end(struct loading *l, struct stage_set *set, struct set_item *item, int64_t got)
{
	size_t n = l->src.size;
	int err = got == (int64_t)n ? 0 : -EAGAIN; /* it is growing or shrinking: hands off */

	memory_give_up(&l->room, NULL);
	if (!err)
		err = file_over(&l->src, &set->options, l->memory, n, &item->file);
	if (err)
		free(l->memory);
	else
		count_shared(&read_ahead, n);
}

static int load_small(struct stage_set *set, struct set_item *item, uint64_t size)
{
	struct loading l;
	int fd, err = load_begin(&l, set, size);

	if (err)
		return err;
	fd = sys_open(item->path, O_RDONLY | O_NOCTTY, 0);
	load_end(&l, set, item, fd < 0 ? fd : sys_pread(fd, l.memory, size + 1, 0));
	if (fd >= 0)
		sys_close(fd);
	return 0;
}

/* --- any file ----------------------------------------------------------------------------- */

/* To open what is no regular file may wait, or be noticed at the other end: not ahead of time. */
int load_one(struct stage_set *set, struct set_item *item)
{
	struct stat st;
	int err;

	if (item->file || sys_stat(item->path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	err = load_small(set, item, st.st_size);
	if (err == -EOPNOTSUPP && may_stay_open(set, item))
		err = stage_open(item->path, &set->options, &item->file);
	if (err == -EMFILE || err == -ENFILE) {
		__atomic_store_n(&set->full, true, __ATOMIC_RELAXED);
		err = -ENOMEM;
	}
	return err == -ENOMEM ? err : 0;
}

/* What was not staged is not kept: it would only hold a descriptor. */
void load_done(struct stage_set *set, struct set_item *item)
{
	struct stage_file *file = item->file;
	bool held = file->src.fd < 0 || may_stay_open(set, item);

	if (held && stage_is_staged(file) && stage_seek(file, 0, SEEK_SET) == 0)
		return;
	stage_close(file);
	item->file = NULL;
}
