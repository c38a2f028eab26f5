/*
 * stage stat: how a file would be read.
 */
#include "core/err.h"
#include "stdio/cmd/cmd.h"

static const char *mode_name(enum stage_mode mode)
{
	switch (mode) {
	case STAGE_MMAP:
		return "mmap";
	case STAGE_PREFETCH:
		return "prefetch";
	default:
		return "none";
	}
}

static void print_stat(const struct args *args, const char *path, const char *mode, int64_t size)
{
	if (args->json) {
		printf("{\"mode\":\"%s\",\"bytes\":%lld,\"held\":%llu,\"path\":", mode,
		       (long long)size, (unsigned long long)stage_held());
		print_json_text(stdout, path);
		puts("}");
	} else if (size < 0) {
		printf("%s, no size, %s\n", mode, shown_name(path));
	} else {
		printf("%s, %lld bytes, %s\n", mode, (long long)size, shown_name(path));
	}
}

/* It opens, and has an end to seek to, and no bytes. */
static bool is_directory(struct stage_file *file)
{
	char byte;

	return stage_pread(file, &byte, 1, 0) == -EISDIR;
}

static int stat_file(const char *path, const struct args *args)
{
	struct stage_file *file;
	int status = 0;
	int64_t size;

	if (open_file(path, args, &file))
		return FAILED;
	size = stage_seek(file, 0, SEEK_END);
	if (is_directory(file))
		status = complain(-EISDIR, "%s", shown_name(path));
	else
		print_stat(args, path, mode_name(stage_mode(file)), size < 0 ? -1 : size);
	stage_close(file);
	return status;
}

int cmd_stat(const struct args *args)
{
	int status = 0;

	for (size_t i = 0; i < args->nfiles; i++)
		status |= stat_file(args->files[i], args);
	return status;
}
