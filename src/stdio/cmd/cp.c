/*
 * stage cp: one file, or standard input, to a path, or into a folder, under the same name.
 *
 * Interrupted, it leaves what was there before (stage_copy() says when that cannot be).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
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

static int copy(const char *from, const char *to, const struct args *args)
{
	bool standard = strcmp(from, "-") == 0;
	char *there = inside(to, from);
	const char *path = there ? there : to;
	int64_t n = !standard ? stage_copy(from, path, &args->open)
		    : there   ? -EISDIR
			      : stage_copy_fd(STDIN_FILENO, path, &args->open);

	free(there);
	interrupts_obey();
	progress_done();
	if (n >= 0)
		return 0;
	return complain(n, "%s to %s", standard ? "standard input" : shown_name(from),
			shown_name(to));
}

int cmd_cp(const struct args *args)
{
	if (args->nfiles != 2) {
		fprintf(stderr, "stage: cp copies one file; try `stage --help`\n");
		return USAGE;
	}
	interrupts_catch();
	return copy(args->files[0], args->files[1], args);
}
