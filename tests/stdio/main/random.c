/*
 * Random operations against glibc's stdio: random SEED ROUNDS [lie].
 *
 * A round is a made-up file and a sequence of operations, run in every mode beside a FILE of
 * glibc's. When an answer differs, operations are taken away for as long as one still differs;
 * what is left is printed. With `lie`, every longer read of ours loses a byte: who reads this
 * program's silence as good news wants to know that it can speak.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>
#include "support.h"

#define FILE_NAME "random.data"
#define OPS       60
#define VIEWS     4
#define LARGEST   (300 * 1024)

enum kind { READ, GETS, PREAD, VIEW, RELEASE, SEEK, TELL, SEND, STAGE, UNSTAGE, HINT, KINDS };

static const char *const names[] = { "read", "gets", "pread", "view",    "release", "seek",
				     "tell", "send", "stage", "unstage", "hint" };

struct op {
	enum kind kind;
	bool left_out;
	int64_t n;  /* bytes; or which view, mode, hint */
	int64_t at; /* an offset */
	int whence;
};

/* Both readers of one file, side by side. */
struct pair {
	struct stage_file *ours;
	FILE *theirs;
	struct stage_view views[VIEWS];
	bool held[VIEWS];
	int64_t view_at[VIEWS];
	int out; /* where both send to */
};

static char *data; /* what the file has */
static size_t size;
static char got[LARGEST + 1], expected[LARGEST + 1];
static char complaint[200];
static int lie;

static bool __attribute__((format(printf, 1, 2))) differs(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	va_end(ap);
	return false;
}

static bool same(int64_t n, int64_t m)
{
	if (n != m)
		return differs("%lld, and glibc says %lld", (long long)n, (long long)m);
	if (n > 0 && memcmp(got, expected, n))
		return differs("%lld other bytes than glibc's", (long long)n);
	return true;
}

/* --- one operation of both ------------------------------------------------------------------ */

/* stdio remembers the end of a file; we do not. */
static int64_t their_read(FILE *f, size_t n)
{
	clearerr(f);
	return fread(expected, 1, n, f);
}

static bool do_gets(struct pair *p, const struct op *op)
{
	int64_t n = stage_gets(p->ours, got, op->n);
	int64_t before = ftello(p->theirs);

	clearerr(p->theirs);
	if (op->n == 1) /* room for the zero alone: glibc reads nothing either */
		return same(n, 0);
	if (!fgets(expected, op->n, p->theirs))
		return same(n, 0);
	return same(n, ftello(p->theirs) - before) && got[n] == '\0';
}

static bool do_view(struct pair *p, const struct op *op)
{
	int slot = op->at % VIEWS;
	int64_t m = pread(fileno(p->theirs), expected, op->n, op->at);
	int64_t n;

	if (p->held[slot])
		return true;
	n = stage_view(p->ours, op->at, op->n, &p->views[slot]);
	if (n >= 0)
		memcpy(got, p->views[slot].p, n);
	p->held[slot] = n >= 0;
	p->view_at[slot] = op->at;
	return same(n, m);
}

/* A view stays what it was, whatever was done since. */
static bool release(struct pair *p, int slot)
{
	struct stage_view *v = &p->views[slot];
	bool good;

	if (!p->held[slot])
		return true;
	p->held[slot] = false;
	good = v->n == 0 || memcmp(v->p, data + p->view_at[slot], v->n) == 0;
	if (stage_release(v))
		return differs("a view of an untouched file is broken");
	return good || differs("a view has changed");
}

static bool do_send(struct pair *p, const struct op *op)
{
	int64_t n, m;

	if (ftruncate(p->out, 0) || lseek(p->out, 0, SEEK_SET))
		return differs("the test's own file fails");
	n = stage_send(p->ours, p->out, op->n);
	m = their_read(p->theirs, op->n);
	if (n > 0 && pread(p->out, got, n, 0) != n)
		return differs("%lld bytes were not sent", (long long)n);
	return same(n, m);
}

static bool do_seek(struct pair *p, const struct op *op)
{
	int64_t n = stage_seek(p->ours, op->at, op->whence);
	int err = fseeko(p->theirs, op->at, op->whence);

	if ((n < 0) != (err < 0))
		return differs("%lld, and glibc %s", (long long)n, err ? "refuses" : "does not");
	return n < 0 || n == ftello(p->theirs) ||
	       differs("is at %lld now, glibc at %lld", (long long)n, (long long)ftello(p->theirs));
}

static bool do_op(struct pair *p, const struct op *op)
{
	switch (op->kind) {
	case READ:
		return same(stage_read(p->ours, got, op->n - (lie && op->n > 5000)),
			    their_read(p->theirs, op->n));
	case GETS:
		return do_gets(p, op);
	case PREAD:
		return same(stage_pread(p->ours, got, op->n, op->at),
			    pread(fileno(p->theirs), expected, op->n, op->at));
	case VIEW:
		return do_view(p, op);
	case RELEASE:
		return release(p, op->n);
	case SEEK:
		return do_seek(p, op);
	case TELL:
		return stage_tell(p->ours) == ftello(p->theirs) || differs("another position");
	case SEND:
		return do_send(p, op);
	case STAGE: /* views stay */
		return stage_stage(p->ours, op->n) == 0 || differs("staging fails");
	case UNSTAGE:
		stage_unstage(p->ours);
		return true;
	default:
		return stage_hint(p->ours, op->n, op->at, 0) == 0 || differs("a hint fails");
	}
}

/* --- a sequence of them --------------------------------------------------------------------- */

static void pair_open(struct pair *p, enum stage_mode mode)
{
	struct stage_options o = { .size = sizeof(o), .mode = mode };

	*p = (struct pair){ .theirs = fopen(FILE_NAME, "r") };
	p->out = open("random.out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (!p->theirs || p->out < 0 || stage_open(FILE_NAME, &o, &p->ours))
		fail("a file cannot be opened");
}

static void pair_close(struct pair *p)
{
	for (int i = 0; i < VIEWS; i++)
		release(p, i);
	stage_close(p->ours);
	fclose(p->theirs);
	close(p->out);
}

/* The index of the first operation that differs, or -1. */
static int run(enum stage_mode mode, const struct op *ops)
{
	struct pair p;
	int bad = -1;

	pair_open(&p, mode);
	for (int i = 0; i < OPS && bad < 0; i++)
		if (!ops[i].left_out && !do_op(&p, &ops[i]))
			bad = i;
	pair_close(&p);
	return bad;
}

static void shrink(enum stage_mode mode, struct op *ops)
{
	for (int again = 1; again;) {
		again = 0;
		for (int i = 0; i < OPS; i++) {
			if (ops[i].left_out)
				continue;
			ops[i].left_out = true;
			if (run(mode, ops) >= 0)
				again = 1;
			else
				ops[i].left_out = false;
		}
	}
}

static void report(enum stage_mode mode, struct op *ops, uint64_t seed)
{
	int bad;

	shrink(mode, ops);
	bad = run(mode, ops);
	fprintf(stderr, "FAILED: seed %llu, mode %s, a file of %zu bytes:\n",
		(unsigned long long)seed, mode_name(mode), size);
	for (int i = 0; i <= bad; i++)
		if (!ops[i].left_out)
			fprintf(stderr, "\t%s n=%lld at=%lld whence=%d\n", names[ops[i].kind],
				(long long)ops[i].n, (long long)ops[i].at, ops[i].whence);
	fprintf(stderr, "the last one: %s\n", complaint);
	exit(1);
}

/* --- made up -------------------------------------------------------------------------------- */

/* Mostly small, often just around a page, sometimes all of it. */
static int64_t some_size(uint64_t *r)
{
	static const int around[] = { 0, 1, 4095, 4096, 4097, 8192, 65536 };

	switch (random_next(r) % 4) {
	case 0:
		return random_next(r) % 200;
	case 1:
		return around[random_next(r) % 7];
	case 2:
		return random_next(r) % 10000;
	default:
		return random_next(r) % LARGEST;
	}
}

static int64_t some_offset(uint64_t *r)
{
	int64_t near = random_next(r) % 5 - 2;

	switch (random_next(r) % 4) {
	case 0:
		return (int64_t)size + near;
	case 1:
		return (int64_t)(random_next(r) % 20) * 4096 + near;
	default:
		return random_next(r) % (size + 100);
	}
}

static struct op some_op(uint64_t *r)
{
	struct op op = { .kind = random_next(r) % KINDS, .n = some_size(r), .at = some_offset(r) };

	if (op.kind == SEEK) {
		op.whence = random_next(r) % 3;
		if (op.whence != SEEK_SET && random_next(r) % 2)
			op.at = -op.at;
	} else if (op.at < 0) {
		op.at = 0;
	}
	if (op.kind == GETS)
		op.n++;
	if (op.kind == STAGE || op.kind == RELEASE)
		op.n %= 4;
	if (op.kind == HINT)
		op.n %= 5;
	return op;
}

/* Lines, bytes of every value, or holes. */
static void make_file(uint64_t *r)
{
	int style = random_next(r) % 3;
	int fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	size = some_size(r);
	data = calloc(1, size + 1);
	for (size_t i = 0; i < size; i++)
		data[i] = style ? random_next(r) : random_next(r) % 40 ? 'a' + i % 26 : '\n';
	if (style == 2 && size > 5000)
		memset(data + 4000, 0, size - 5000 < 100000 ? size - 5000 : 100000);
	if (fd < 0 || ftruncate(fd, size))
		fail("the test's own file fails");
	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < 4096 ? size - at : 4096;
		if (memcmp(data + at, (char[4096]){ 0 }, n) &&
		    pwrite(fd, data + at, n, at) != (ssize_t)n)
			fail("the test's own file fails");
	}
	close(fd);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 0) : 10;
	struct op ops[OPS];

	lie = argc > 3;
	for (uint64_t i = 0; i < rounds; i++, seed++) {
		uint64_t r = seed;

		make_file(&r);
		for (int k = 0; k < OPS; k++)
			ops[k] = some_op(&r);
		for (int mode = STAGE_ADAPTIVE; mode <= STAGE_PREFETCH; mode++)
			if (run(mode, ops) >= 0)
				report(mode, ops, seed);
		free(data);
	}
	printf("%llu sequences in 4 modes\n", (unsigned long long)rounds);
	return 0;
}
