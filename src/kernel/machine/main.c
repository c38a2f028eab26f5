/*
 * The kernel's work, a line for each layer: parameters, device, file system, file,
 * address space, load.
 */
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/elf_load.h"
#include "kernel/machine/machine.h"
#include "kernel/page.h"
#include "kernel/param.h"
#include "kernel/trace.h"
#include "kernel/verify.h"

__attribute__((weak)) void trace_start(void)
{
}

__attribute__((weak)) void trace_dump(void)
{
}

struct settings {
	char load[256];  /* the program's path */
	uint64_t verify; /* 1: print a checksum of every page, look after the canaries */
	uint64_t hold;   /* 1: at the end wait for a byte on the serial line */
};

/* By its path, so that the time has the lookup in it wherever a step does that. */
static int load_file(struct vfs *vfs, const char *path, struct space *space,
		     struct program *program)
{
	struct file *file;
	int err = file_open(vfs, path, &file);

	if (err)
		return err;
	err = elf_load(file, path, space, program);
	file_close(file);
	return err;
}

static int timed_load(struct vfs *vfs, const char *path, struct space *space)
{
	struct program program;
	uint64_t began, ended;
	int err;

	trace_start();
	began = clock_ns();
	err = load_file(vfs, path, space, &program);
	ended = clock_ns();
	trace_dump();
	if (err)
		return err;
	print("load.ns %llu\n", (unsigned long long)(ended - began));
	print("%s: %zu pages at base 0x%llx, entry 0x%llx\n", path, program.npages,
	      (unsigned long long)program.base, (unsigned long long)program.entry);
	return 0;
}

static int load(struct vfs *vfs, const struct settings *s)
{
	struct space *space;
	int err = space_open(&space);

	if (err)
		return complain(err, "no memory for an address space");
	space_use(space);
	page_touch_free(s->verify);
	err = timed_load(vfs, s->load, space);
	if (!err && s->verify)
		err = verify_program(space);
	space_close(space);
	return err;
}

static int run(const struct settings *s)
{
	struct vfs vfs = { .cwd = "/" };
	struct blk *dev;
	int err = blk_open(&dev);

	if (err)
		return err;
	err = ext2_mount(dev, &vfs.root);
	if (err)
		goto close_dev;
	err = load(&vfs, s);
	ext2_unmount(vfs.root);
close_dev:
	blk_close(dev);
	return err;
}

int kernel_run(const char *command_line)
{
	struct settings s = { .load = "/bin/program" };
	const struct param table[] = {
		{ "load", PARAM_TEXT, s.load, sizeof(s.load) },
		{ "verify", PARAM_NUMBER, &s.verify, 0 },
		{ "hold", PARAM_NUMBER, &s.hold, 0 },
	};
	int err = params_parse(command_line, table, ARRAY_LEN(table));

	if (!err)
		err = run(&s);
	if (s.hold)
		console_hold();
	return err;
}
