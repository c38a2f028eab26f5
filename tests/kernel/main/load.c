/*
 * The portable half of the kernel as a program.
 *
 *	load IMAGE /path		load a program, touch and print its pages; the counters
 *	load --fault IMAGE /path [VA CODE]...
 *					load it, have these page faults (the CPU's error code),
 *					print the pages that are there then; the counters
 *	load --cat IMAGE /path [OFFSET N]...
 *					write a file, or pieces of it, to standard output
 *
 * More paths may follow, each from the root: the same is done with each, in one mount. Exit status
 * 0, or 1 after "error: " lines. The environment: see ../host/host.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../host/host.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/fault.h"
#include "kernel/heap.h"
#include "kernel/touch.h"
#include "kernel/verify.h"

enum verb { LOAD, FAULT, CAT };

/* What is done with a file; each takes the numbers behind its path, two at a time. */
struct job {
	enum verb verb;
	const char *path;
	char **numbers; /* up to the next path or NULL */
};

static bool is_number(const char *arg)
{
	return arg && arg[0] != '/';
}

static bool next_two(char ***numbers, uint64_t *a, uint64_t *b)
{
	char **n = *numbers;

	if (!is_number(n[0]) || !is_number(n[1]))
		return false;
	*a = strtoull(n[0], NULL, 0);
	*b = strtoull(n[1], NULL, 0);
	*numbers += 2;
	return true;
}

static int fault(struct program *p, char **numbers)
{
	uint64_t va, code;
	int err = 0;

	while (!err && next_two(&numbers, &va, &code))
		err = fault_resolve(p, va, (unsigned)code);
	return err;
}

static int use(struct program *p, const struct job *job)
{
	int err =
		job->verb == FAULT ? fault(p, job->numbers) : touch_pages(p, host.touch, host.seed);

	if (err)
		return err;
	printf("%s: %zu pages at base 0x%llx, entry 0x%llx\n", p->path, p->npages,
	       (unsigned long long)p->base, (unsigned long long)p->entry);
	return verify_program(p->space);
}

static int load(struct vfs *vfs, const struct job *job)
{
	struct program program;
	struct space *space;
	int err = space_open(&space);

	if (err)
		return err;
	space_use(space);
	err = program_open(vfs, job->path, space, &program);
	if (!err) {
		err = use(&program, job);
		program_close(&program);
	}
	space_close(space);
	return err;
}

/* Reads into two segments at a time, in pieces that fit no block. */
static int cat_piece(struct file *file, uint64_t offset, uint64_t n)
{
	static const size_t sizes[] = { 1, 511, 1025, 65537, 262147 };
	char *bytes = heap_alloc(262147);
	uint64_t end = offset + n;
	ssize_t got = bytes ? 1 : complain(-ENOMEM, "no memory for --cat");

	for (size_t i = 0; offset < end && got > 0; i++, offset += (uint64_t)got) {
		size_t size = min_u64(sizes[i % ARRAY_LEN(sizes)], end - offset);
		struct seg into[] = { { bytes, size / 3 }, { bytes + size / 3, size - size / 3 } };

		got = file_read_at(file, offset, into, ARRAY_LEN(into));
		if (got > 0)
			fwrite(bytes, 1, (size_t)got, stdout);
	}
	heap_free(bytes);
	return got < 0 ? (int)got : 0;
}

static int cat_pieces(struct file *file, char **numbers)
{
	uint64_t size, offset, n;
	int err = file_size(file, &size);

	if (!err && !is_number(numbers[0]))
		err = cat_piece(file, 0, size);
	while (!err && next_two(&numbers, &offset, &n))
		err = cat_piece(file, offset, n);
	return err;
}

static int cat(struct vfs *vfs, const struct job *job)
{
	struct file *file;
	int err = file_open(vfs, job->path, &file);

	if (err)
		return err;
	err = cat_pieces(file, job->numbers);
	file_close(file);
	return err;
}

/* `args`: the paths, each with its numbers behind it. Stops at the first error. */
static int with_files(struct vfs *vfs, enum verb verb, char **args)
{
	int err = 0;

	while (args[0] && !err) {
		struct job job = { verb, args[0], args + 1 };

		err = verb == CAT ? cat(vfs, &job) : load(vfs, &job);
		while (is_number(*++args))
			;
	}
	return err;
}

static int with_disk(enum verb verb, char **args)
{
	struct vfs vfs = { .cwd = "/" };
	struct blk *dev;
	int err = blk_open(&dev);

	if (err)
		return err;
	err = ext2_mount(dev, &vfs.root);
	if (err)
		goto close_dev;
	err = with_files(&vfs, verb, args);
	ext2_unmount(vfs.root);
close_dev:
	blk_close(dev);
	return err;
}

int main(int argc, char **argv)
{
	bool cats = argc > 1 && !strcmp(argv[1], "--cat");
	bool faults = argc > 1 && !strcmp(argv[1], "--fault");
	char **args = argv + 1 + (cats || faults);

	if (argv + argc < args + 2) {
		fprintf(stderr, "usage: load [--cat | --fault] IMAGE /path [NUMBER NUMBER]... "
				"[/path ...]\n");
		return 2;
	}
	host_set_up(args[0]);
	if (with_disk(cats ? CAT : faults ? FAULT : LOAD, args + 1))
		return 1;
	if (!cats)
		host_print_counters();
	return 0;
}
