/*
 * What progress says, and what a copy answers: copying FROM TO SAYS. A line for stage_copy() and
 * one for stage_send(): a count, or the name of the error; then the signals that wait, if any.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "support.h"

static int says(void *context, uint64_t done, uint64_t total)
{
	return *(int *)context;
}

static void print_result(int64_t n)
{
	if (n < 0)
		printf("-%s\n", error_name(n));
	else
		printf("%lld\n", (long long)n);
}

int main(int argc, char **argv)
{
	int said = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;
	struct stage_options o = { .size = sizeof(o), .progress = says, .context = &said };
	struct stage_file *f;
	sigset_t waiting;
	int fd;

	if (argc != 4)
		fail("usage: copying FROM TO SAYS");
	print_result(stage_copy(argv[1], argv[2], &o));
	fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || stage_open(argv[1], &o, &f))
		fail("open");
	print_result(stage_send(f, fd, UINT64_MAX));
	stage_close(f);
	close(fd);
	if (sigpending(&waiting) == 0 && sigismember(&waiting, SIGXFSZ))
		puts("SIGXFSZ waits");
	return 0;
}
