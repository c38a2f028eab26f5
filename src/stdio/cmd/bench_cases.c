/*
 * The patterns of access. Each goes through the library as a program would.
 */
#include <stdlib.h>
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/cmd/bench.h"
#include "stdio/cmd/token.h"

/* The next bytes of a sum whose first found->bytes came before: pieces may be of any length. */
static void add(struct found *found, const char *p, size_t n)
{
	uint64_t at = found->bytes;
	uint64_t sum = found->sum;

	found->bytes += n;
	for (; n > 0 && at % 8; at++, n--)
		sum += (uint64_t)(unsigned char)*p++ << at % 8 * 8;
	for (; n >= 8; p += 8, n -= 8)
		sum += load_le64(p);
	for (; n > 0; at++, n--)
		sum += (uint64_t)(unsigned char)*p++ << at % 8 * 8;
	found->sum = sum;
}

static ssize_t read_all(struct stage_file *file, const struct args *args, struct found *found)
{
	ssize_t n;

	while ((n = stage_read(file, found->memory, args->size)) > 0)
		add(found, found->memory, n);
	return n;
}

/* The same, looking at the bytes where they are. */
static ssize_t view_all(struct stage_file *file, struct found *found)
{
	struct stage_view view;
	int64_t at = 0;
	ssize_t n;

	while ((n = stage_view(file, at, STAGE_VIEW_MAX, &view)) > 0) {
		int err;

		add(found, view.p, view.n);
		at += n;
		err = stage_release(&view);
		if (err)
			return err;
	}
	return n;
}

static ssize_t look_at(struct stage_file *file, const struct args *args, struct found *found)
{
	return args->view ? view_all(file, found) : read_all(file, args, found);
}

int bench_read(const struct args *args, struct found *found)
{
	struct stage_file *file;
	ssize_t err;

	if (open_file(args->files[0], args, &file))
		return FAILED;
	err = look_at(file, args, found);
	stage_close(file);
	return err < 0 ? complain(err, "%s", shown_name(args->files[0])) : 0;
}

int bench_again(const struct args *args, struct found *found)
{
	struct stage_file *file;
	int64_t err = 0;

	if (open_file(args->files[0], args, &file))
		return FAILED;
	for (uint64_t i = 0; i < args->times && err >= 0; i++) {
		err = stage_seek(file, 0, SEEK_SET);
		if (err >= 0)
			err = look_at(file, args, found);
	}
	stage_close(file);
	return err < 0 ? complain(err, "%s", shown_name(args->files[0])) : 0;
}

/* Numbers that look random, and are the same for the same seed: splitmix64. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int64_t read_there(struct stage_file *file, int64_t at, size_t size, bool in_place,
			  struct found *found)
{
	struct stage_view view;
	int64_t n;

	if (in_place) {
		n = stage_view(file, at, size, &view);
		if (n < 0)
			return n;
		add(found, view.p, n);
		return stage_release(&view);
	}
	n = stage_seek(file, at, SEEK_SET);
	if (n >= 0)
		n = stage_read(file, found->memory, size);
	if (n > 0)
		add(found, found->memory, n);
	return n;
}

int bench_random(const struct args *args, struct found *found)
{
	uint64_t state = args->seed;
	struct stage_file *file;
	int64_t size, err;

	if (open_file(args->files[0], args, &file))
		return FAILED;
	size = err = stage_seek(file, 0, SEEK_END);
	for (uint64_t i = 0; i < args->reads && err >= 0; i++) {
		uint64_t n = min_u64(size, args->size);
		uint64_t at = next_random(&state) % (size - n + 1);

		err = read_there(file, at, n, args->view, found);
	}
	stage_close(file);
	return err < 0 ? complain(err, "%s", shown_name(args->files[0])) : 0;
}

/* --- many files ---------------------------------------------------------------------------- */

typedef ssize_t look_fn(struct stage_file *file, const struct args *args, struct found *found);

static int one_by_one(const struct args *args, struct found *found, look_fn *look)
{
	for (size_t i = 0; i < args->nfiles; i++) {
		struct stage_file *file;
		ssize_t err;

		if (open_file(args->files[i], args, &file))
			return FAILED;
		err = look(file, args, found);
		stage_close(file);
		if (err < 0)
			return complain(err, "%s", shown_name(args->files[i]));
	}
	return 0;
}

static int together(const struct args *args, struct found *found, look_fn *look)
{
	struct stage_set *set;
	ssize_t err = stage_many(args->files, args->nfiles, &args->open, &set);
	int status = 0;

	if (err)
		return complain(err, "%zu files", args->nfiles);
	for (size_t i = 0; i < args->nfiles && !status; i++) {
		struct stage_file *file;

		err = stage_set_file(set, i, &file);
		if (!err)
			err = look(file, args, found);
		if (err < 0)
			status = complain(err, "%s", shown_name(args->files[i]));
		stage_set_done(set, i);
	}
	stage_set_close(set);
	return status;
}

/* Each file by itself, as a tool that is given names: --set stages them together. */
int bench_many(const struct args *args, struct found *found)
{
	return (args->set ? together : one_by_one)(args, found, look_at);
}

static ssize_t look_for_tokens(struct stage_file *file, const struct args *args,
			       struct found *found)
{
	struct tokens tokens = { 0 };
	struct stage_view view;
	int64_t at = 0;
	ssize_t n;

	while ((n = stage_view(file, at, STAGE_VIEW_MAX, &view)) > 0) {
		int err;

		tokens_feed(&tokens, view.p, view.n);
		at += n;
		err = stage_release(&view);
		if (err)
			return err;
	}
	tokens_end(&tokens);
	found->bytes += at;
	found->tokens += tokens_total(&tokens);
	return n;
}

/* As a compiler that knows all of its sources: they are staged together. */
int bench_tokens(const struct args *args, struct found *found)
{
	return together(args, found, look_for_tokens);
}

int bench_copy(const struct args *args, struct found *found)
{
	int64_t n = stage_copy(args->files[0], args->files[1], NULL);

	if (n < 0)
		return complain(n, "%s to %s", args->files[0], args->files[1]);
	found->bytes = n;
	return 0;
}
