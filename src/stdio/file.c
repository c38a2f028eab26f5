/*
 * Opening, closing, staging: the life of a file.
 */
#include "stdio/file.h"
#include <stdlib.h>
#include <string.h>
#include "core/count.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/cache.h"
#include "stdio/ways.h"

COUNTER(opened, "files.opened");

/* Everything behind what we know must be zero: else the caller asks for what we cannot do. */
static bool zero_from(const char *p, size_t from, size_t size)
{
	for (size_t i = from; i < size; i++)
		if (p[i])
			return false;
	return true;
}

#define FIRST_VERSION sizeof(struct stage_options) /* no smaller struct was ever published */

int options_read(struct stage_options *to, const struct stage_options *from)
{
	*to = (struct stage_options){ 0 };
	if (from) {
		if (from->size < FIRST_VERSION)
			return -EINVAL;
		if (!zero_from((const char *)from, sizeof(*to), from->size))
			return -E2BIG;
		memcpy(to, from, sizeof(*to));
	}
	if (to->mode < STAGE_ADAPTIVE || to->mode > STAGE_PREFETCH || to->flags & ~STAGE_DECODE)
		return -EINVAL;
	if (to->view_max == 0)
		to->view_max = STAGE_VIEW_MAX;
	return 0;
}

#define LAST_ERRNO 4095

/* An answer that is none must not be taken for a count. */
int progress_tell(int (*progress)(void *context, uint64_t done, uint64_t total), void *context,
		  uint64_t done, uint64_t total)
{
	int said = progress ? progress(context, done, total) : 0;

	return said > 0 || said < -LAST_ERRNO ? -ECANCELED : said;
}

static int fill_file(struct stage_file *file, const struct stage_options *options, char *memory,
		     size_t n)
{
	bool decode = options->flags & STAGE_DECODE;
	enum stage_mode asked = memory ? STAGE_NONE : options->mode;
	int err = fill_open(&file->fill, &file->src, asked, decode);

	if (!err && memory) {
		err = fill_adopt(&file->fill, memory, n);
		if (err)
			fill_close(&file->fill);
	}
	return err;
}

int file_over(const struct source *src, const struct stage_options *options, char *memory, size_t n,
	      struct stage_file **out)
{
	struct stage_file *file = malloc(sizeof(*file));
	int err;

	if (!file)
		return -ENOMEM;
	*file = (struct stage_file){
		.src = *src,
		.pos = src->start,
		.view_max = options->view_max,
		.view_end = NOT_SEEN,
		.progress = options->progress,
		.context = options->context,
	};
	err = fill_file(file, options, memory, n);
	if (err) {
		free(file);
		return err;
	}
	count_shared(&opened, 1);
	*out = file;
	return 0;
}

/* Takes over the source, whether that works or not. */
static int open_over(struct source *src, const struct stage_options *options,
		     struct stage_file **out)
{
	int err = file_over(src, options, NULL, 0, out);

	if (err)
		source_close(src, src->start);
	return err;
}

int stage_open(const char *path, const struct stage_options *options, struct stage_file **out)
{
	struct stage_options o;
	struct source src;
	int err = options_read(&o, options);

	damage_say(&(struct where){ 0, NULL });
	if (!err)
		err = source_open(&src, path);
	return err ? err : open_over(&src, &o, out);
}

int stage_open_fd(int fd, const struct stage_options *options, struct stage_file **out)
{
	struct stage_options o;
	struct source src;
	int err = options_read(&o, options);

	damage_say(&(struct where){ 0, NULL });
	if (!err)
		err = source_over(&src, fd);
	return err ? err : open_over(&src, &o, out);
}

void stage_close(struct stage_file *file)
{
	if (!file)
		return;
	fill_close(&file->fill);
	source_close(&file->src, file->pos);
	free(file);
}

/* --- staging ------------------------------------------------------------------------------ */

int stage_stage(struct stage_file *file, enum stage_mode mode)
{
	if ((int)mode < STAGE_ADAPTIVE || mode > STAGE_PREFETCH)
		return -EINVAL;
	fill_stage(&file->fill, mode);
	return 0;
}

void stage_unstage(struct stage_file *file)
{
	fill_stage(&file->fill, STAGE_NONE);
}

bool stage_is_staged(const struct stage_file *file)
{
	return stage_mode(file) != STAGE_NONE;
}

enum stage_mode stage_mode(const struct stage_file *file)
{
	return fill_mode(&file->fill);
}

int stage_hint(struct stage_file *file, enum stage_hint hint, int64_t offset, int64_t n)
{
	if ((int)hint < STAGE_HINT_NORMAL || hint > STAGE_HINT_DONTNEED || offset < 0 || n < 0)
		return -EINVAL;
	if (hint == STAGE_HINT_WILLNEED || hint == STAGE_HINT_DONTNEED)
		fill_expect(&file->fill, hint == STAGE_HINT_WILLNEED);
	return advice_hint(&file->fill, hint, offset, n);
}
