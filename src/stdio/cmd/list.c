/*
 * File names out of a file, one a line. Not read through the library: a bench counts its own
 * files alone.
 */
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "stdio/cmd/cmd.h"

/* All of it in one piece. No name has a zero in it, and with one the rest would be lost. */
static int read_text(const char *path, char **out)
{
	FILE *from = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	size_t size = 0;
	int err = 0;
	ssize_t n;

	if (!from)
		return -errno;
	*out = NULL;
	n = getdelim(out, &size, '\0', from);
	if (n < 0 && ferror(from))
		err = -errno;
	else if (n > 0 && (*out)[n - 1] == '\0')
		err = -EINVAL;
	if (from != stdin)
		fclose(from);
	return err;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

/* The names stay in the text, a zero behind each. */
static int add_names(struct args *args, char *text)
{
	size_t most = args->nfiles + count_lines(text);
	const char **files = realloc(args->files, most * sizeof(char *));

	if (!files)
		return -ENOMEM;
	args->files = files;
	for (char *next; text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		if (*text)
			args->files[args->nfiles++] = text;
	}
	return 0;
}

int args_read_list(struct args *args)
{
	int err;

	if (!args->list)
		return 0;
	err = read_text(args->list, &args->names);
	if (!err && args->names)
		err = add_names(args, args->names);
	return err ? complain(err, "%s", shown_name(args->list)) : 0;
}
