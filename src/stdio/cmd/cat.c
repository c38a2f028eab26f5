/*
 * stage cat: files to standard output, as they come.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "stdio/cmd/cmd.h"

/*
 * What is read would be what was just written, for ever: the output is a file that is read, and it
 * is written behind where reading begins.
 */
static bool reads_output(const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	struct stat in, out;

	if (fstat(STDOUT_FILENO, &out) || !S_ISREG(out.st_mode) ||
	    (standard ? fstat(STDIN_FILENO, &in) : stat(path, &in)))
		return false;
	return in.st_dev == out.st_dev && in.st_ino == out.st_ino &&
	       (standard ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0) < in.st_size;
}

static int cat(const char *path, const struct args *args)
{
	struct stage_file *file;
	int64_t n;

	if (reads_output(path)) {
		fprintf(stderr, "stage: %s: input file is output file\n", shown_name(path));
		return FAILED;
	}
	if (open_file(path, args, &file))
		return FAILED;
	n = stage_send(file, STDOUT_FILENO, UINT64_MAX);
	stage_close(file);
	return n < 0 ? complain(n, "%s", shown_name(path)) : 0;
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
