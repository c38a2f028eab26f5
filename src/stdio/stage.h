/*
 * libstage: files brought into memory in the way that suits them.
 *
 * A file is opened for reading in a mode. The mode decides how its bytes come into memory:
 * through a buffer, in a map, all at once before the first read. It changes speed only.
 *
 *	struct stage_file *f;
 *	int err = stage_open("/etc/services", NULL, &f);
 *	if (err)
 *		return complain(err, "/etc/services");
 *	while ((n = stage_gets(f, line, sizeof line)) > 0)
 *		look_at(line, n);
 *	stage_close(f);
 *
 * The promise, for every mode:
 *
 *   the same bytes	as glibc's stdio gives for the same sequence of operations, whatever is
 *			read: files of every size, holes, pipes, terminals, devices, /proc.
 *   no signals		Everything that goes wrong is an -errno. A file that somebody truncates
 *			while it is mapped is a short read or -EIO, not a SIGBUS (see Signals).
 *   bounded memory	All files together hold no more of their contents than stage_limit()
 *			allows, and beside that each open file a buffer, and each view that
 *			had to be copied its own bytes.
 *   honest answers	stage_mode() and stage_is_staged() say what is, not what was asked for.
 *
 * What differs from stdio: the end of a file is not remembered for good, so a file that has grown
 * is read on, as by read(2); and there is no pushing back and no writing.
 *
 * Errors. Functions return 0 or a count, or -errno. What they return through pointers is set on
 * success only. Whatever read(2), open(2), … can say may come back; below are the others. Not
 * -EINTR: a call that a signal interrupts is made again.
 *
 * Threads. Different files are independent. Of one file, stage_pread(), stage_view(),
 * stage_release(), stage_is_staged() and stage_mode() may be called by any number of threads at
 * any time; the others, which move its position or change how it is held, by one at a time, and
 * stage_close() when nobody else uses the file any more. The process-wide functions may be
 * called at any time. So may fork(2): the child can open files of its own, and use those that no
 * other thread was using just then.
 *
 * Signals. When it makes its first map, the library takes SIGBUS, and passes on to the handler
 * that was there before whatever is not about its maps. A program that sets a handler later must
 * pass on, too, for the files that are mapped by then; others are no longer mapped. Nor are those
 * that are opened by a thread that blocks SIGBUS. Such a thread may read whatever others have
 * mapped: no read touches a map then. But a view of a map it may only make for others, and neither
 *look at nor release. stage_signals(false) before the first file is opened: no handler, and no
 *maps. The shared library stays in memory when dlclose() is called, because its handler must; who
 *links the static one into a plugin says -z nodelete for it.
 */
#ifndef STDIO_STAGE_H
#define STDIO_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Of this header; stage_version() is that of the library which a program runs with. */
#define STAGE_VERSION_MAJOR 0
#define STAGE_VERSION_MINOR 1

/* "0.1". Within a major version, from 1 on, a program runs with any later one than it was built
 * for. */
const char *stage_version(void);

struct stage_file; /* one open file */
struct stage_set;  /* files that are staged together */

/* --- opening --------------------------------------------------------------------------- */

enum stage_mode {
	STAGE_ADAPTIVE, /* the library chooses: by size, by use, by what it has learned */
	STAGE_NONE,     /* through a buffer */
	STAGE_MMAP,     /* the file is mapped */
	/*
	 * The whole file is read into memory at once. Where stage_limit() leaves no room for it, it
	 * may be held compressed, if it shrinks to half: that is worth its work for a file that is
	 * slow to read again, and for no other.
	 */
	STAGE_PREFETCH
};

enum {
	/*
	 * A file that is an LZ4 or Zstandard frame is read as what it was before. Positions and
	 * sizes are then those of the plain bytes. Without the flag it is a file like any other.
	 */
	STAGE_DECODE = 1
};

/*
 * Fill in what matters and leave the rest zero; NULL stands for all zero. `size` tells the
 * library which version of this struct the program was compiled with:
 *
 *	struct stage_options o = { .size = sizeof o, .mode = STAGE_MMAP };
 */
struct stage_options {
	size_t size;     /* sizeof(struct stage_options) */
	int mode;        /* enum stage_mode */
	unsigned flags;  /* STAGE_DECODE */
	size_t view_max; /* a view has no more bytes than this; 0: STAGE_VIEW_MAX */

	/*
	 * For long work (stage_copy(), stage_send()): called now and then with the bytes done and
	 * the bytes in all (0: not known). Returns 0 to go on, or an -errno to stop with; anything
	 * else stops with -ECANCELED. One call at a time for each copy, but not always in the
	 * thread that asked for the copy. stage_copy() from a pipe or device asks again when a
	 * signal's handler (without SA_RESTART) has interrupted a wait.
	 */
	int (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
};

#define STAGE_VIEW_MAX ((size_t)16 << 20)

/*
 * Open a file for reading, at its beginning. Directories can be opened, as by fopen(3), and
 * not read.
 * -EINVAL: no such mode or flag, or `size` is no size that this struct ever had; -E2BIG: an
 * option that this version of the library does not know.
 * STAGE_DECODE: -EOPNOTSUPP: the library has no decoder for this file (and never one for a pipe,
 * nor behind a descriptor's position 0); -ENODATA: the frames end too early; -EBADMSG: they are
 * damaged; -ENOMEM: their plain bytes would not fit into stage_limit().
 */
int stage_open(const char *path, const struct stage_options *options, struct stage_file **out);

/*
 * When this thread's last stage_open() could not decode a file: why, in words for people, and
 * where in it, as it is stored. NULL: that was not the reason.
 */
const char *stage_damage(uint64_t *offset);

/*
 * The same over a descriptor, from its position on. It stays the caller's: stage_close() leaves
 * it open, and where it can seek, at the position that the reader had reached.
 */
int stage_open_fd(int fd, const struct stage_options *options, struct stage_file **out);

/* Views of the file must have been released. NULL is allowed. */
void stage_close(struct stage_file *file);

/* --- reading --------------------------------------------------------------------------- */

/*
 * Read `n` bytes at the position and move it. Fewer come only at the end of the file (0: there
 * was none left) or before an error; the error then comes with the next call. Who was told of an
 * end by fewer bytes may hear a 0 next that is no news; the question after that one is asked anew,
 * and so is any behind a stage_seek().
 */
ssize_t stage_read(struct stage_file *file, void *to, size_t n);

/* Read at an offset; the position stays. -ESPIPE: pipes and terminals have no offsets. */
ssize_t stage_pread(struct stage_file *file, void *to, size_t n, int64_t offset);

/*
 * A line, as by fgets(3): up to and with its '\n', at most size - 1 bytes, a zero behind them.
 * Returns their number, so that a line may contain zeroes; 0 at the end, and then `line` is as it
 * was, as after an error. -EINVAL: size is 0.
 */
ssize_t stage_gets(struct stage_file *file, char *line, size_t size);

/*
 * Move the position, by SEEK_SET, SEEK_CUR or SEEK_END; beyond the end is allowed. Returns the
 * new one. -EINVAL: before the beginning; -EOVERFLOW; -ESPIPE.
 */
int64_t stage_seek(struct stage_file *file, int64_t offset, int whence);

/* The position. In a pipe: how many bytes were read. */
int64_t stage_tell(const struct stage_file *file);

/* --- viewing --------------------------------------------------------------------------- */

/* Bytes in place. Nothing is behind them: no zero, no readable byte that is promised. */
struct stage_view {
	const char *p;
	size_t n;
	struct stage_file *file; /* the rest is the library's */
	void *hold;
	void *copy;
};

/*
 * Show `n` bytes at an offset where they are; the position stays. Only where the file is not
 * in memory are they copied first. Fewer than n are shown at the end of the file (0: nothing
 * is there) and behind options.view_max, in every mode; behind fewer, an end may be told once more,
 * as by stage_read(). Where a file has grown since it was opened, a view may end where the file
 * did; one that begins there shows the rest. A view stays as it is, whatever happens to the file's
 * position or staging, until it is released. It may be shared by threads.
 * -ESPIPE: pipes and terminals; -ENOMEM.
 */
ssize_t stage_view(struct stage_file *file, int64_t offset, size_t n, struct stage_view *out);

/*
 * Give a view back. -EIO: some of its bytes were zeroes instead of the file's, because the file
 * was truncated or could not be read while they were looked at; throw away what you made of them.
 */
int stage_release(struct stage_view *view);

/* --- staging --------------------------------------------------------------------------- */

/*
 * Stage an open file in another mode. 0 also when the file cannot be held that way (it is a
 * pipe, it is too large for stage_limit()): it then stays readable as before, and
 * stage_is_staged() says so. -EINVAL: no such mode.
 */
int stage_stage(struct stage_file *file, enum stage_mode mode);

/*
 * Give up what is held of the file; it is read through a buffer from now on. What others read or
 * view just now is held until they have done with it.
 */
void stage_unstage(struct stage_file *file);

/* Whether the file's bytes are held, mapped or in memory. */
bool stage_is_staged(const struct stage_file *file);

/* How the file is read now: STAGE_NONE, STAGE_MMAP or STAGE_PREFETCH. */
enum stage_mode stage_mode(const struct stage_file *file);

/*
 * Stage files together: what a compiler or a linker wants that is about to read them all. They
 * stay staged until the set is closed; in STAGE_ADAPTIVE, those that the system has in memory may
 * be left there until they are asked for a second time. A file that cannot be opened does not stop
 * the others: its error comes when it is asked for. -EINVAL as stage_open(); -ENOMEM.
 * The set copies the paths. A set is used by one thread at a time, its files as any file.
 */
int stage_many(const char *const *paths, size_t n, const struct stage_options *options,
	       struct stage_set **out);

/* How many files the set has: the `n` of stage_many(). */
size_t stage_set_count(const struct stage_set *set);

/*
 * The i-th file, at its beginning the first time; it belongs to the set, which closes it.
 * It was opened at some moment between stage_many() and now. -EINVAL: there is no such file.
 */
int stage_set_file(struct stage_set *set, size_t i, struct stage_file **out);

/*
 * Done with the i-th file for now: it stays in the set, and may be the next to make room. The file
 * must not be used, and has no views, until it is asked for again; it may then be another pointer,
 * at its beginning.
 */
void stage_set_done(struct stage_set *set, size_t i);

/* Views of its files must have been released. NULL is allowed. */
void stage_set_close(struct stage_set *set);

/* --- copying --------------------------------------------------------------------------- */

/*
 * Copy a file's bytes to a path. Holes stay holes.
 *
 * A new file gets the permissions of the one that is copied (0777 of them, less the umask); its
 * owner, group, access list and attributes are those of any file that is made there.
 * A file that is there keeps what cp(1) keeps: owner, group, mode, access list, extended
 * attributes. One that may not be written to is refused, whoever owns the directory.
 *
 * A regular file there (or none) is replaced in one moment, when all bytes are written: until
 * then, and after any error, it is what it was. It is written in place, and can then be left
 * half written, where a new file would not be its equal: it is a device, a pipe or a symbolic
 * link, or has several names, another owner or group than a new file here would have, other
 * attributes, or runs as its owner or group (setuid, setgid); where its directory takes no new
 * file, or it cannot be replaced there (a mount point); and where the disk has room for it in the
 * old one's place only.
 *
 * Whatever ends the program before that moment leaves nothing behind, where the file system
 * has O_TMPFILE (ext4, xfs, btrfs, tmpfs); elsewhere a file .stage-PID-NUMBER.part may stay.
 *
 * Returns the bytes copied. -EINVAL: both are the same file; -EISDIR; -EACCES; -ENOSPC; -EFBIG
 * (RLIMIT_FSIZE; SIGXFSZ is held back in this thread meanwhile); …; what options.progress says. Of
 * the options, only progress and context matter.
 */
int64_t stage_copy(const char *from, const char *to, const struct stage_options *options);

/*
 * The same from a descriptor, from its position on. It stays the caller's: a regular file is left
 * behind the last byte that was copied, and after an error where it was. Holes stay holes when the
 * position is 0.
 */
int64_t stage_copy_fd(int fd, const char *to, const struct stage_options *options);

/*
 * Send up to `n` bytes (UINT64_MAX: all that follow) from the file's position to a descriptor, and
 * move the position. Returns the bytes sent; after an error, the position says how many those
 * were. -EPIPE comes with SIGPIPE, if the program has not ignored that; -EFBIG without SIGXFSZ.
 * A pipe or socket may have got the file's own pages, as by sendfile(2): what is written to the
 * file before the other end has read them, the other end may read.
 */
int64_t stage_send(struct stage_file *file, int fd, uint64_t n);

/* --- hints, limits, statistics --------------------------------------------------------- */

enum stage_hint {
	STAGE_HINT_NORMAL,
	STAGE_HINT_SEQUENTIAL, /* will be read from front to back */
	STAGE_HINT_RANDOM,     /* here and there */
	STAGE_HINT_WILLNEED,   /* this range soon */
	STAGE_HINT_DONTNEED    /* this range no more */
};

/*
 * Say how a range will be read (n 0: to the end). It may be ignored, and it changes no byte.
 * -EINVAL: no such hint, or a negative range.
 */
int stage_hint(struct stage_file *file, enum stage_hint hint, int64_t offset, int64_t n);

/*
 * How many bytes of contents all files together may hold, STAGE_LIMIT to begin with; returns
 * what it was before. Maps are the kernel's memory and do not count.
 */
uint64_t stage_limit(uint64_t bytes);
#define STAGE_LIMIT ((uint64_t)256 << 20)

/* How many they hold now. */
uint64_t stage_held(void);

/*
 * May the library take a signal? It may to begin with; returns what it was. After false nothing is
 * mapped any more, whatever is asked for; what is mapped by then stays so, until it is unstaged.
 */
bool stage_signals(bool may);

/* Every counter of the process: sys.read, read.bytes, … in no order; a name may come twice. */
void stage_counters(void (*tell)(void *context, const char *name, uint64_t value), void *context);

/*
 * What STAGE_ADAPTIVE goes by, as text: a line for each rule. Writes at most `size` bytes, the
 * ending zero included, and returns the length of the whole text, as snprintf(3) does.
 */
size_t stage_rules(char *text, size_t size);

/*
 * Go by these rules from now on, whatever is learned; NULL: learn again. The text is as
 * stage_rules() writes it. -EINVAL: it is not; -EOPNOTSUPP: this version's rules are fixed.
 */
int stage_pin_rules(const char *text);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
