/*
 * Views: bytes where they are, or a copy of them, which the view owns.
 */
#include <stdlib.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "stdio/file.h"
#include "stdio/sys.h"

COUNTER(in_place, "view.in_place");
COUNTER(copied, "view.copied");

/* As a reader would get them: a unit at a time. */
static ssize_t read_units(struct fill *f, char *to, size_t n, uint64_t at)
{
	size_t unit = policy_unit(f->src, NULL);
	size_t done = 0;

	while (done < n) {
		size_t some = min_u64(unit, n - done);
		ssize_t got = fill_read_at(f, to + done, some, at + done);

		if (got < 0)
			return done ? (ssize_t)done : got;
		done += got;
		if ((size_t)got < some)
			break; /* the end, or an error behind these bytes: the next view's */
	}
	return done;
}

/*
 * Behind the end that the file had there is mostly nothing, and not worth the memory that is asked
 * for. Wherever else, the answer is yes.
 */
static bool anything(struct stage_file *file, uint64_t at)
{
	char byte;

	return !file->src.regular || at < file->src.size || fill_read_at(&file->fill, &byte, 1, at);
}

/* Where nobody knows how many bytes there are, memory for so many to begin with. */
#define FIRST_ROOM ((size_t)1 << 20)

/* No more memory than there are bytes, where that is known; one more, to see that the file ends. */
static size_t room(const struct stage_file *file, size_t n, uint64_t at)
{
	const struct source *src = &file->src;
	const struct way *way = fill_way(&file->fill);
	bool known = src->regular && !(way && way->end) && at < src->size;

	return min_u64(n, known ? src->size - at + 1 : FIRST_ROOM);
}

/* All `size` bytes are there, and it was not the end: as many again, of `n` in all. */
static ssize_t read_more(struct stage_file *file, uint64_t at, size_t n, char **copy, size_t *size)
{
	size_t has = *size;
	size_t more = min_u64(has, n - has);
	char *larger = realloc(*copy, has + more);
	ssize_t got;

	if (!larger)
		return -ENOMEM;
	*copy = larger;
	*size = has + more;
	got = read_units(&file->fill, larger + has, more, at + has);
	return has + (got > 0 ? got : 0); /* an error behind these bytes is the next view's */
}

static ssize_t view_copy(struct stage_file *file, uint64_t at, size_t n, struct stage_view *out)
{
	size_t size = room(file, n, at);
	char *copy = malloc(size);
	ssize_t got = copy ? read_units(&file->fill, copy, size, at) : -ENOMEM;

	while (got == (ssize_t)size && size < n)
		got = read_more(file, at, n, &copy, &size);
	if (got <= 0) {
		free(copy);
		return got;
	}
	count_shared(&copied, got);
	*out = (struct stage_view){ .p = copy, .n = got, .file = file, .copy = copy };
	return got;
}

static ssize_t view_in_place(struct stage_file *file, uint64_t at, size_t n, struct stage_view *out)
{
	struct shown s;
	ssize_t got = fill_view(&file->fill, at, n, &s);

	if (got > 0) {
		got = min_u64(got, n);
		count_shared(&in_place, got);
		*out = (struct stage_view){ .p = s.p, .n = got, .file = file, .hold = s.by };
	}
	return got;
}

ssize_t stage_view(struct stage_file *file, int64_t offset, size_t n, struct stage_view *out)
{
	struct stage_view view = { .p = "", .file = file };
	ssize_t got = 0;

	if (offset < 0)
		return -EINVAL;
	if (!file->src.seeks)
		return -ESPIPE;
	n = min_u64(n, file->view_max);
	if (n > 0)
		got = view_in_place(file, offset, n, &view);
	if (got == 0 && n > 0 && !view_end_was_met(file, offset) && anything(file, offset)) {
		got = view_copy(file, offset, n, &view);
		if (got > 0 && (size_t)got < n)
			view_met_end(file, offset + got);
	}
	if (got >= 0)
		*out = view;
	return got;
}

int stage_release(struct stage_view *view)
{
	struct shown s = { view->p, view->n, view->hold };
	int err = s.by ? fill_view_end(&s) : 0;

	free(view->copy);
	*view = (struct stage_view){ .p = "", .file = view->file };
	return err;
}
