/*
 * stage cp: one file to a path, or into a folder, under the same name.
 *
 * Interrupted, it leaves what was there before (stage_copy() says when that cannot be).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/err.h"
#include "core/format.h"
#include "stdio/cmd/cmd.h"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Into a folder: the path of the file there, from malloc(); else NULL. */
static char *inside(const char *folder, const char *from)
{
	struct stat st;
	size_t size = strlen(folder) + strlen(from) + 2;
	char *path;

	if (stat(folder, &st) || !S_ISDIR(st.st_mode))
		return NULL;
	path = malloc(size);
	if (path)
		format(path, size, "%s/%s", folder, last_part(from));
	return path;
}

/* What reads from a pipe may wait for ever; an interrupt ends that the hard way. */
static bool is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int cmd_cp(const struct args *args)
{
	const char *from = args->files[0];
	char *there;
	int64_t n;

	if (args->nfiles != 2) {
		fprintf(stderr, "stage: cp copies one file; try `stage --help`\n");
		return USAGE;
	}
	if (is_regular(from))
		interrupts_catch();
	there = inside(args->files[1], from);
	n = stage_copy(from, there ? there : args->files[1], &args->open);
	free(there);
	interrupts_obey();
	progress_done();
	return n < 0 ? complain(n, "%s to %s", from, args->files[1]) : 0;
}
