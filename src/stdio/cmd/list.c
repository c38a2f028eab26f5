/*
 * File names out of a file, one a line.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "stdio/cmd/cmd.h"

static int add(struct args *args, size_t *room, const char *name)
{
	char *copy = strdup(name);

	if (copy && args->nfiles == *room) {
		const char **more = realloc(args->files, 2 * (*room + 8) * sizeof(char *));

		if (!more) {
			free(copy);
			return -ENOMEM;
		}
		args->files = more;
		*room = 2 * (*room + 8);
	}
	if (!copy)
		return -ENOMEM;
	args->files[args->nfiles++] = copy;
	return 0;
}

/* A line that fills the whole buffer and has no end is no path of this system. */
static int read_names(struct args *args, struct stage_file *list)
{
	char line[PATH_MAX + 1];
	size_t room = args->nfiles;
	ssize_t n;

	while ((n = stage_gets(list, line, sizeof(line))) > 0) {
		int err;

		if (line[n - 1] == '\n')
			line[--n] = '\0';
		else if (n == sizeof(line) - 1)
			return -ENAMETOOLONG;
		err = n ? add(args, &room, line) : 0;
		if (err)
			return err;
	}
	return n;
}

int args_read_list(struct args *args)
{
	struct args plain = { .open = { .size = sizeof(struct stage_options) } };
	struct stage_file *list;
	int err;

	if (!args->list)
		return 0;
	if (open_file(args->list, &plain, &list))
		return FAILED;
	err = read_names(args, list);
	stage_close(list);
	return err ? complain(err, "%s", args->list) : 0;
}
