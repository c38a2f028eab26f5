/* peer WAY CASE ...: one case of `stage bench`, done in the usual way that is named. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "core/err.h"
#include "peer.h"
#include "stdio/cmd/token.h"

enum { MOST_FILES = 4096, PATH_ROOM = 4096 };

static const struct way *const ways[] = { &memory_way, &fread_way, &fgetc_way, &read_way,
					  &mmap_way };

unsigned char peer_buffer[1 << 20] __attribute__((aligned(4096)));

struct job {
	const struct way *way;
	const char *verb;
	char *files[MOST_FILES];
	size_t nfiles;
	uint64_t reads, size, seed, times, rounds;
	struct total total;
};

static int look_at(struct job *job, struct source *src, struct tokens *tokens)
{
	struct piece p;
	int err;
	while (!(err = job->way->next(src, &p)) && p.n) {
		if (!tokens) {
			total_add(&job->total, p);
			continue;
		}
		tokens_feed(tokens, (const char *)p.bytes, p.n);
		job->total.bytes += p.n;
	}
	return err;
}

static int whole_file(struct job *job, const char *path)
{
	struct tokens tokens = { 0 };
	struct source *src;
	int err = job->way->open(path, job->size, &src);
	if (err)
		return err;
	for (uint64_t turn = 0; !err && turn < job->times; turn++) {
		if (turn)
			err = job->way->rewind(src);
		if (!err)
			err = look_at(job, src, strcmp(job->verb, "tokens") ? NULL : &tokens);
	}
	tokens_end(&tokens);
	job->total.tokens += tokens_total(&tokens);
	job->way->close(src);
	return err;
}

static int pieces(struct job *job)
{
	struct source *src;
	uint64_t seed = job->seed;
	int err = job->way->open(job->files[0], job->size, &src);
	if (err)
		return err;
	int64_t size = job->way->size(src);
	uint64_t n = size < 0 || job->size < (uint64_t)size ? job->size : (uint64_t)size;
	if (size < 0)
		err = (int)size;
	for (uint64_t i = 0; !err && i < job->reads; i++) {
		struct piece p = { 0 };
		err = job->way->at(src, draw(&seed) % ((uint64_t)size - n + 1), n, &p);
		if (!err)
			total_add(&job->total, p);
	}
	job->way->close(src);
	return err;
}

static int work(struct job *job)
{
	if (!strcmp(job->verb, "random"))
		return pieces(job);
	int err = 0;
	for (size_t i = 0; !err && i < job->nfiles; i++)
		err = whole_file(job, job->files[i]);
	return err;
}

static int read_list(struct job *job, const char *path)
{
	static char line[PATH_ROOM];
	FILE *f = fopen(path, "r");
	if (!f)
		return -errno;
	while (job->nfiles < MOST_FILES && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		job->files[job->nfiles++] = strdup(line);
	}
	fclose(f);
	return 0;
}

static int parse(struct job *job, int argc, char **argv)
{
	static const struct option options[] = { { "reads", 1, NULL, 'r' },
						 { "size", 1, NULL, 's' },
						 { "seed", 1, NULL, 'e' },
						 { "times", 1, NULL, 't' },
						 { "list", 1, NULL, 'l' },
						 { "rounds", 1, NULL, 'o' },
						 { 0 } };
	int c, err = 0;
	while (!err && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t n = c == 'l' || !optarg ? 0 : strtoull(optarg, NULL, 10);
		if (c == 'l')
			err = read_list(job, optarg);
		else if (c == 'r')
			job->reads = n;
		else if (c == 's')
			job->size = n;
		else if (c == 'e')
			job->seed = n;
		else if (c == 't')
			job->times = n;
		else if (c == 'o')
			job->rounds = n;
		else
			err = -EINVAL;
	}
	while (!err && optind < argc && job->nfiles < MOST_FILES)
		job->files[job->nfiles++] = argv[optind++];
	return err ? err : job->nfiles ? 0 : -EINVAL;
}

static int timed(struct job *job, uint64_t *ns)
{
	struct timespec begin, end;
	int err = job->size > sizeof(peer_buffer) ? -EINVAL : 0;
	memset(peer_buffer, 1, sizeof(peer_buffer));
	for (size_t i = 0; !err && job->way->prepare && i < job->nfiles; i++)
		err = job->way->prepare(job->files[i]);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (uint64_t i = 0; !err && i < job->rounds; i++)
		err = work(job);
	clock_gettime(CLOCK_MONOTONIC, &end);
	*ns = (uint64_t)((end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec);
	return err;
}

static int say(const struct job *job, uint64_t ns)
{
	const char *path = getenv("COUNTERS");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (f) {
		fprintf(f, "run.ns %llu\n", (unsigned long long)ns);
		fclose(f);
	}
	printf("sum %016llx bytes %llu tokens %llu\n", (unsigned long long)job->total.sum,
	       (unsigned long long)job->total.bytes, (unsigned long long)job->total.tokens);
	return path && !f ? -EIO : 0;
}

int main(int argc, char **argv)
{
	static struct job job = { .reads = 1000, .size = 64 * 1024, .times = 1, .rounds = 1 };
	for (size_t i = 0; argc > 3 && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(argv[1], ways[i]->name))
			job.way = ways[i];
	if (!job.way) {
		fprintf(stderr, "peer memory|fread|fgetc|read256k|mmap CASE ...\n");
		return 2;
	}
	job.verb = argv[2];
	uint64_t ns;
	int err = parse(&job, argc - 2, argv + 2);
	if (!err)
		err = timed(&job, &ns);
	if (!err)
		err = say(&job, ns);
	if (err)
		fprintf(stderr, "peer: %s: %s\n", argv[2], strerror(-err));
	return err ? 1 : 0;
}
