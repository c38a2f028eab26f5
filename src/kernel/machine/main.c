/*
 * The kernel's work, a line for each layer: parameters, device, file system, address
 * space, program.
 */
#include "core/err.h"
#include "kernel/clock.h"
#include "kernel/complain.h"
#include "kernel/console.h"
#include "kernel/machine/machine.h"
#include "kernel/page.h"
#include "kernel/param.h"
#include "kernel/program.h"
#include "kernel/touch.h"
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
	uint64_t touch;  /* per cent of its pages that are read after the load */
	uint64_t seed;   /* which pages those are, and in which order */
	uint64_t verify; /* 1: print a checksum of every page, look after the canaries */
	uint64_t hold;   /* 1: at the end wait for a byte on the serial line */
};

/* When what was done, on the clock. */
struct times {
	uint64_t began, loaded, first, touched;
};

/*
 * By its path, so that the time has the lookup in it wherever a step does that. Then the byte
 * at the entry point, which is where the program would run, and as much of it as is wanted.
 */
static int timed_start(struct vfs *vfs, const struct settings *s, struct space *space,
		       struct program *p, struct times *t)
{
	uint8_t byte;
	int err;

	trace_start();
	t->began = clock_ns();
	err = program_open(vfs, s->load, space, p);
	t->loaded = clock_ns();
	if (!err)
		err = program_read(p, p->entry, &byte);
	t->first = clock_ns();
	if (!err)
		err = touch_pages(p, s->touch, s->seed);
	t->touched = clock_ns();
	trace_dump();
	return err;
}

static void print_times(const struct times *t, bool touched)
{
	print("load.ns %llu\n", (unsigned long long)(t->loaded - t->began));
	print("first.ns %llu\n", (unsigned long long)(t->first - t->began));
	if (touched)
		print("touch.ns %llu\n", (unsigned long long)(t->touched - t->first));
}

static int start(struct vfs *vfs, const struct settings *s, struct space *space)
{
	struct program program = { .file = NULL };
	struct times times;
	int err = timed_start(vfs, s, space, &program, &times);

	if (!err) {
		print_times(&times, s->touch);
		print("%s: %zu pages at base 0x%llx, entry 0x%llx\n", program.path, program.npages,
		      (unsigned long long)program.base, (unsigned long long)program.entry);
	}
	if (!err && s->verify)
		err = verify_program(space);
	program_close(&program);
	return err;
}

static int load(struct vfs *vfs, const struct settings *s)
{
	struct space *space;
	int err = space_open(&space);

	if (err)
		return err;
	space_use(space);
	page_touch_free(s->verify);
	err = start(vfs, s, space);
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
		{ "touch", PARAM_NUMBER, &s.touch, 0 },
		{ "seed", PARAM_NUMBER, &s.seed, 0 },
		{ "verify", PARAM_NUMBER, &s.verify, 0 },
		{ "hold", PARAM_NUMBER, &s.hold, 0 },
	};
	int err = params_parse(command_line, table, ARRAY_LEN(table));

	if (!err && s.touch > 100)
		err = complain(-EINVAL, "touch=%llu: there are 100 per cent of a program's pages",
			       (unsigned long long)s.touch);
	if (s.verify) /* every page is compared, so every page must be there */
		s.touch = 100;
	if (!err)
		err = run(&s);
	if (s.hold)
		console_hold();
	return err;
}
