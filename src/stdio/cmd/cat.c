/*
 * stage cat: files to standard output, as they come.
 */
#include <unistd.h>
#include "stdio/cmd/cmd.h"

static int cat(const char *path, const struct args *args)
{
	struct stage_file *file;
	int64_t n;

	if (open_file(path, args, &file))
		return FAILED;
	n = stage_send(file, STDOUT_FILENO, UINT64_MAX);
	stage_close(file);
	return n < 0 ? complain(n, "%s", path) : 0;
}

int cmd_cat(const struct args *args)
{
	struct args quiet = *args;
	int status = 0;

	if (isatty(STDOUT_FILENO))
		quiet.open.progress = NULL;
	if (args->nfiles == 0)
		return cat("-", &quiet);
	for (size_t i = 0; i < args->nfiles; i++)
		status |= cat(args->files[i], &quiet);
	progress_done();
	return status;
}
