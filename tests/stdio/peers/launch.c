/*
 * launch ROUNDS MADE PROGRAM ...: run it so often, with its output to /dev/null, and write how
 * long that took, each time from before it exists to its end, to the file that $COUNTERS names. The
 * file MADE is removed before each round but the first; "" names none. For cp and cat, which have
 * no clock of their own.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
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

/* Adds to `ns` how long it took. */
static int timed(char **argv, long long *ns)
{
	struct timespec begin, end;
	int status = 0;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	int err = run(argv, &status);
	clock_gettime(CLOCK_MONOTONIC, &end);
	*ns += (long long)(end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec;
	if (err || status)
		fprintf(stderr, "launch: %s: %s\n", argv[0], err ? strerror(err) : "it failed");
	return err || status;
}

int main(int argc, char **argv)
{
	long long ns = 0;
	const char *counters = getenv("COUNTERS");
	if (argc < 4 || !counters)
		return 2;
	const char *path = strdup(counters);
	unsetenv("COUNTERS"); /* or programs that have some would write them each time */
	for (long left = strtol(argv[1], NULL, 10); left > 0; left--) {
		if (timed(argv + 3, &ns))
			return 1;
		if (left > 1 && *argv[2])
			unlink(argv[2]);
	}
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f)
		return 1;
	fprintf(f, "run.ns %lld\n", ns);
	return fclose(f) ? 1 : 0;
}
