/*
 * launch PROGRAM ...: run it with its output to /dev/null, and write how long that took, from
 * before it exists to its end, to the file that $COUNTERS names. For cp and cat, which have no
 * clock of their own.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include "core/types.h"

extern char **environ;

static int run(char **argv, int *status)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	int err = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (!err && waitpid(pid, status, 0) != pid)
		err = 1;
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	int status = 0;
	const char *path = getenv("COUNTERS");
	if (argc < 2 || !path)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	int err = run(argv + 1, &status);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (err || status) {
		fprintf(stderr, "launch: %s: %s\n", argv[1], err ? strerror(err) : "it failed");
		return 1;
	}
	FILE *f = fopen(path, "w");
	if (!f)
		return 1;
	fprintf(f, "run.ns %lld\n",
		(long long)(end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec);
	return fclose(f) ? 1 : 0;
}
