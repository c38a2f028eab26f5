/*
 * The portable half of the kernel as a program.
 *
 *	load IMAGE /path			load an ELF file, print its pages and the counters
 *	load --cat IMAGE /path [OFFSET N]...	write a file, or pieces of it, to standard output
 *
 * More paths may follow, each from the root: the same is done with each, in one mount. Exit status
 *0, or 1 after "error: " lines. The environment: see ../host/host.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../host/host.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/elf_load.h"
#include "kernel/heap.h"
#include "kernel/verify.h"

/* What is done with the file, once it is open. */
struct job {
	const char *path;
	bool cat;
	char **pieces; /* of --cat: offset and length, …, up to the next path or NULL */
};

static int load(struct file *file, const char *path)
{
	struct program program;
	struct space *space;
	int err = space_open(&space);

	if (err)
		return err;
	err = elf_load(file, path, space, &program);
	if (!err) {
		printf("%s: %zu pages at base 0x%llx, entry 0x%llx\n", path, program.npages,
		       (unsigned long long)program.base, (unsigned long long)program.entry);
		err = verify_program(space);
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

static bool is_number(const char *arg)
{
	return arg && arg[0] != '/';
}

static int cat(struct file *file, char **pieces)
{
	uint64_t size;
	int err = file_size(file, &size);

	if (!err && !is_number(pieces[0]))
		err = cat_piece(file, 0, size);
	for (; !err && is_number(pieces[0]) && is_number(pieces[1]); pieces += 2)
		err = cat_piece(file, strtoull(pieces[0], NULL, 0), strtoull(pieces[1], NULL, 0));
	return err;
}

static int with_file(struct vfs *vfs, const struct job *job)
{
	struct file *file;
	int err = file_open(vfs, job->path, &file);

	if (err)
		return err;
	err = job->cat ? cat(file, job->pieces) : load(file, job->path);
	file_close(file);
	return err;
}

/* `args`: the paths, each with its pieces behind it. Stops at the first error. */
static int with_files(struct vfs *vfs, bool cats, char **args)
{
	int err = 0;

	while (args[0] && !err) {
		err = with_file(vfs, &(struct job){ args[0], cats, args + 1 });
		while (is_number(*++args))
			;
	}
	return err;
}

static int with_disk(bool cats, char **args)
{
	struct vfs vfs = { .cwd = "/" };
	struct blk *dev;
	int err = blk_open(&dev);

	if (err)
		return err;
	err = ext2_mount(dev, &vfs.root);
	if (err)
		goto close_dev;
	err = with_files(&vfs, cats, args);
	ext2_unmount(vfs.root);
close_dev:
	blk_close(dev);
	return err;
}

int main(int argc, char **argv)
{
	bool cats = argc > 1 && !strcmp(argv[1], "--cat");
	char **args = argv + 1 + cats;

	if (argc < 3 + cats) {
		fprintf(stderr, "usage: load [--cat] IMAGE /path [OFFSET N]... [/path ...]\n");
		return 2;
	}
	host_set_up(args[0]);
	if (with_disk(cats, args + 1))
		return 1;
	if (!cats)
		host_print_counters();
	return 0;
}
