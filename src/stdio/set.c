/*
 * A set of files. What load_all() has not opened is opened when it is asked for.
 */
#include "stdio/set.h"
#include <stdlib.h>
#include <string.h>
#include "core/count.h"
#include "core/err.h"

COUNTER(files, "set.files");

/* All paths in one piece of memory, behind the items. */
static struct set_item *new_items(const char *const *paths, size_t n)
{
	size_t head = n * sizeof(struct set_item);
	size_t size = head;
	struct set_item *items;
	char *text;

	for (size_t i = 0; i < n; i++)
		size += strlen(paths[i]) + 1;
	items = calloc(1, size ? size : 1);
	if (!items)
		return NULL;
	text = (char *)items + head;
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(paths[i]) + 1;

		items[i].path = memcpy(text, paths[i], length);
		text += length;
	}
	return items;
}

/* The descriptors of files that nobody uses: each is opened again when it is asked for. */
static bool give_back(struct stage_set *set)
{
	bool any = false;

	for (struct set_item *item = set->items; item < set->items + set->n; item++) {
		if (!item->file || item->lent || item->file->src.fd < 0)
			continue;
		stage_close(item->file);
		item->file = NULL;
		any = true;
	}
	return any;
}

static int open_item(struct stage_set *set, struct set_item *item)
{
	int err = stage_open(item->path, &set->options, &item->file);

	if ((err == -EMFILE || err == -ENFILE) && give_back(set))
		err = stage_open(item->path, &set->options, &item->file);
	return err;
}

int stage_many(const char *const *paths, size_t n, const struct stage_options *options,
	       struct stage_set **out)
{
	struct stage_options o;
	struct stage_set *set;
	int err = options_read(&o, options);

	if (err)
		return err;
	o.size = sizeof(o);
	set = malloc(sizeof(*set));
	if (!set)
		return -ENOMEM;
	*set = (struct stage_set){ .options = o, .n = n, .items = new_items(paths, n) };
	if (!set->items) {
		free(set);
		return -ENOMEM;
	}
	count_shared(&files, n);
	set->lazy = load_later(set);
	if (!set->lazy)
		load_all(set);
	if (set->full)
		give_back(set);
	*out = set;
	return 0;
}

size_t stage_set_count(const struct stage_set *set)
{
	return set->n;
}

int stage_set_file(struct stage_set *set, size_t i, struct stage_file **out)
{
	struct set_item *item;

	if (i >= set->n)
		return -EINVAL;
	item = &set->items[i];
	if (item->err)
		return item->err;
	item->asked++;
	if (set->lazy && item->asked == 2 && !item->file)
		load_again(set, item);
	if (!item->file) {
		int err = open_item(set, item);

		if (err)
			return err;
	}
	item->lent = true;
	*out = item->file;
	return 0;
}

void stage_set_done(struct stage_set *set, size_t i)
{
	if (i >= set->n || !set->items[i].file)
		return;
	set->items[i].lent = false;
	fill_expect(&set->items[i].file->fill, false);
	if (set->lazy && set->items[i].asked == 1) {
		stage_close(set->items[i].file);
		set->items[i].file = NULL;
	} else {
		load_done(set, &set->items[i]);
	}
}

void stage_set_close(struct stage_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->n; i++)
		stage_close(set->items[i].file);
	free(set->items);
	free(set);
}
