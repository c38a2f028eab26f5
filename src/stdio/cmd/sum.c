/*
 * stage sum: CRC-32 and size.
 */
#include <libdeflate.h>
#include "stdio/cmd/cmd.h"

static void print_sum(const struct args *args, const char *path, uint32_t crc, uint64_t n)
{
	if (!args->json) {
		printf("%08x %llu %s\n", crc, (unsigned long long)n, shown_name(path));
		return;
	}
	printf("{\"crc32\":\"%08x\",\"bytes\":%llu,\"path\":", crc, (unsigned long long)n);
	print_json_text(stdout, path);
	puts("}");
}

static int sum(const char *path, const struct args *args)
{
	char piece[64 * 1024];
	struct stage_file *file;
	uint64_t total = 0;
	uint32_t crc = 0;
	ssize_t n;

	if (open_file(path, args, &file))
		return FAILED;
	while ((n = stage_read(file, piece, sizeof(piece))) > 0) {
		crc = libdeflate_crc32(crc, piece, n);
		total += n;
		progress(NULL, total, 0);
	}
	progress_done();
	stage_close(file);
	if (n < 0)
		return complain(n, "%s", shown_name(path));
	print_sum(args, path, crc, total);
	return 0;
}

int cmd_sum(const struct args *args)
{
	int status = 0;

	if (args->nfiles == 0)
		return sum("-", args);
	for (size_t i = 0; i < args->nfiles; i++)
		status |= sum(args->files[i], args);
	return status;
}
