/*
 * In STAGE_ADAPTIVE, what is in memory already is left there: to bring it into other memory ahead
 * of time, all of it at once, costs a page fault for each page, and saves a read() for each file.
 * So only what comes from a disk is brought in at once; and what is asked for again, from then on.
 */
#include <fcntl.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/set.h"
#include "stdio/sys.h"

/* Would it have to be waited for? Where nobody can say, yes. To open what is no file may be
 * noticed. */
static bool on_disk(const char *path)
{
	struct stat st;
	bool waits;
	int fd;

	if (sys_stat(path, &st) || !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	fd = sys_open(path, O_RDONLY | O_NOCTTY, 0);
	if (fd < 0)
		return false;
	waits = sys_at_hand(fd, st.st_size / 2) <= 0;
	sys_close(fd);
	return waits;
}

#define ASKED ((size_t)3)

/* The first, the last and the one between answer for the others; of so few, each once. */
bool load_later(const struct stage_set *set)
{
	size_t n = min_u64(set->n, ASKED);

	if (set->options.mode != STAGE_ADAPTIVE || n == 0)
		return set->options.mode == STAGE_NONE;
	for (size_t i = 0; i < n; i++)
		if (on_disk(set->items[i * (set->n - 1) / max_u64(n - 1, 1)].path))
			return false;
	return true;
}

void load_again(struct stage_set *set, struct set_item *item)
{
	if (set->options.mode == STAGE_ADAPTIVE)
		(void)!load_one(set, item); /* without room it is opened as before */
}
