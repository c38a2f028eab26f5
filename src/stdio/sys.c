/*
 * Every system call, counted, with one sign for errors.
 */
#include "stdio/sys.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "core/bytes.h"
#include "core/count.h"
#include "core/err.h"
#include "core/format.h"

static _Thread_local struct {
	bool (*stops)(void *context);
	void *context;
} interrupted;

void sys_when_interrupted(bool (*stops)(void *context), void *context)
{
	interrupted.stops = stops;
	interrupted.context = context;
}

static bool again(void)
{
	return !interrupted.stops || !interrupted.stops(interrupted.context);
}

/* One call: counted each time it is made, made again when a signal interrupts it. */
#define CALL(name, expression)                                 \
	({                                                     \
		COUNTER(calls, "sys." name);                   \
		int64_t result;                                \
		do {                                           \
			count_shared(&calls, 1);               \
			result = (expression);                 \
			result = result < 0 ? -errno : result; \
		} while (result == -EINTR && again());         \
		result;                                        \
	})

COUNTER(bytes_read, "read.bytes");
COUNTER(bytes_written, "write.bytes");
COUNTER(bytes_copied, "copied.bytes");

static ssize_t counted(struct counter *c, int64_t n)
{
	if (n > 0)
		count_shared(c, n);
	return n;
}

int sys_open(const char *path, int flags, mode_t mode)
{
	return CALL("open", open(path, flags | O_CLOEXEC, mode));
}

/* Linux closes the descriptor even when a signal interrupts it: made again, it might close another.
 */
static int close_once(int fd)
{
	COUNTER(calls, "sys.close");

	count_shared(&calls, 1);
	return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

void sys_close(int fd)
{
	close_once(fd);
}

int sys_close_written(int fd)
{
	return close_once(fd);
}

int sys_fstat(int fd, struct stat *out)
{
	return CALL("stat", fstat(fd, out));
}

int sys_stat(const char *path, struct stat *out)
{
	return CALL("stat", stat(path, out));
}

int sys_lstat(const char *path, struct stat *out)
{
	return CALL("stat", lstat(path, out));
}

/* --- bytes ------------------------------------------------------------------------------ */

ssize_t sys_read(int fd, void *to, size_t n)
{
	return counted(&bytes_read, CALL("read", read(fd, to, n)));
}

ssize_t sys_pread(int fd, void *to, size_t n, uint64_t at)
{
	return counted(&bytes_read, CALL("pread", pread(fd, to, n, at)));
}

ssize_t sys_write(int fd, const void *from, size_t n)
{
	return counted(&bytes_written, CALL("write", write(fd, from, n)));
}

ssize_t sys_pwrite(int fd, const void *from, size_t n, uint64_t at)
{
	return counted(&bytes_written, CALL("pwrite", pwrite(fd, from, n, at)));
}

/* Is the page of the byte at `at` in memory? 1, 0; or -errno: Linux before 6.5 cannot say, and C
 * libraries of that time have no name for the call. */
static int64_t cached_pages(int fd, uint64_t at)
{
	enum { CACHESTAT = 451 };
	uint64_t range[] = { at, 1 };
	uint64_t pages[5] = { 0 }; /* cached; then dirty, under writeback, evicted, lately */
	int64_t err = CALL("cachestat", syscall(CACHESTAT, fd, range, pages, 0));

	return err ? err : (int64_t)pages[0];
}

/*
 * A read that must not wait is the second best question: it starts to read what is missing before
 * it looks, and finds it there if somebody else runs in between.
 */
int sys_at_hand(int fd, uint64_t at)
{
	char byte;
	struct iovec one = { &byte, 1 };
	int64_t n = cached_pages(fd, at);

	if (n < 0)
		n = CALL("preadv2", preadv2(fd, &one, 1, at, RWF_NOWAIT));
	return n == -EAGAIN ? 0 : n < 0 ? (int)n : n > 0;
}

ssize_t sys_pread_all(int fd, void *to, size_t n, uint64_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = sys_pread(fd, (char *)to + done, n - done, at + done);

		if (got < 0)
			return done ? (ssize_t)done : got;
		if (got == 0)
			break;
		done += got;
	}
	return done;
}

int sys_write_all(int fd, const void *from, size_t n)
{
	for (const char *p = from; n > 0;) {
		ssize_t put = sys_write(fd, p, n);

		if (put < 0)
			return put;
		p += put;
		n -= put;
	}
	return 0;
}

/* --- files ------------------------------------------------------------------------------ */

int64_t sys_lseek(int fd, int64_t offset, int whence)
{
	return CALL("lseek", lseek(fd, offset, whence));
}

int sys_ftruncate(int fd, uint64_t size)
{
	return CALL("ftruncate", ftruncate(fd, size));
}

int sys_fchmod(int fd, mode_t mode)
{
	return CALL("fchmod", fchmod(fd, mode));
}

int sys_rename(const char *from, const char *to)
{
	return CALL("rename", rename(from, to));
}

/* Root may do it by the descriptor alone; others by its name in /proc. */
int sys_link(int fd, const char *path)
{
	int err = CALL("linkat", linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH));
	char name[40];

	if (err != -ENOENT && err != -EPERM)
		return err;
	format(name, sizeof(name), "/proc/self/fd/%d", fd);
	return CALL("linkat", linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

int sys_may_write(const char *path)
{
	return CALL("faccessat2", faccessat(AT_FDCWD, path, W_OK, AT_EACCESS));
}

int sys_room(const char *path, uint64_t *out)
{
	struct statvfs st;
	int err = CALL("statfs", statvfs(path, &st));

	if (!err)
		*out = (uint64_t)st.f_bavail * st.f_frsize;
	return err;
}

ssize_t sys_flistxattr(int fd, char *names, size_t n)
{
	return CALL("flistxattr", flistxattr(fd, names, n));
}

ssize_t sys_llistxattr(const char *path, char *names, size_t n)
{
	return CALL("llistxattr", llistxattr(path, names, n));
}

ssize_t sys_fgetxattr(int fd, const char *name, void *value, size_t n)
{
	return CALL("fgetxattr", fgetxattr(fd, name, value, n));
}

ssize_t sys_lgetxattr(const char *path, const char *name, void *value, size_t n)
{
	return CALL("lgetxattr", lgetxattr(path, name, value, n));
}

void sys_unlink(const char *path)
{
	(void)CALL("unlink", unlink(path));
}

/* --- maps and advice -------------------------------------------------------------------- */

int sys_mmap(int fd, uint64_t at, size_t n, char **out)
{
	void *p;
	int err = CALL("mmap",
		       (p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, at)) == MAP_FAILED ? -1 : 0);

	if (!err)
		*out = p;
	return err;
}

/* Not by libc's function, which nobody promises to handlers, and tools put theirs in place of. */
int sys_mmap_zeroes(char *p, size_t n)
{
	int flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS;
	int saved = errno;
	int err = CALL("mmap", syscall(SYS_mmap, p, n, PROT_READ, flags, -1, 0) == -1 ? -1 : 0);

	errno = saved;
	return err;
}

void sys_munmap(char *p, size_t n)
{
	(void)CALL("munmap", munmap(p, n));
}

int sys_madvise(const char *p, size_t n, int advice)
{
	return CALL("madvise", madvise((void *)(uintptr_t)p, n, advice));
}

/* The one call whose error is its result; EINTR is none of its. */
int sys_fadvise(int fd, uint64_t at, uint64_t n, int advice)
{
	COUNTER(calls, "sys.fadvise");

	count_shared(&calls, 1);
	return -posix_fadvise(fd, at, n, advice);
}

/* --- signals ---------------------------------------------------------------------------- */

int sys_sigaction(int signal, const struct sigaction *ours, struct sigaction *theirs)
{
	return CALL("sigaction", sigaction(signal, ours, theirs));
}

bool sys_blocks(int signal)
{
	sigset_t now;

	return CALL("sigprocmask", sigprocmask(SIG_BLOCK, NULL, &now)) == 0 &&
	       sigismember(&now, signal) == 1;
}

void limit_signal_hold(struct limit_signal *l)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGXFSZ);
	l->held = pthread_sigmask(SIG_BLOCK, &one, &l->before) == 0 &&
		  sigismember(&l->before, SIGXFSZ) == 0;
}

void limit_signal_drop(const struct limit_signal *l, int64_t err)
{
	static const struct timespec now;
	sigset_t one;

	if (!l->held)
		return;
	sigemptyset(&one);
	sigaddset(&one, SIGXFSZ);
	if (err == -EFBIG)
		sigtimedwait(&one, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &l->before, NULL);
}

void sys_raise(int signal)
{
	raise(signal);
}

/* --- from file to file ------------------------------------------------------------------- */

ssize_t sys_copy_file_range(int in, int64_t *in_at, int out, int64_t *out_at, size_t n)
{
	return counted(&bytes_copied,
		       CALL("copy_file_range", copy_file_range(in, in_at, out, out_at, n, 0)));
}

ssize_t sys_sendfile(int out, int in, int64_t *in_at, size_t n)
{
	return counted(&bytes_copied, CALL("sendfile", sendfile(out, in, in_at, n)));
}

ssize_t sys_splice(int in, int64_t *in_at, int out, int64_t *out_at, size_t n)
{
	return counted(&bytes_copied,
		       CALL("splice", splice(in, in_at, out, out_at, n, SPLICE_F_MOVE)));
}

int sys_pipe(int fds[2])
{
	return CALL("pipe2", pipe2(fds, O_CLOEXEC));
}

int sys_clone(int out, int in)
{
	return CALL("ioctl", ioctl(out, FICLONE, in));
}

/* --- io_uring ---------------------------------------------------------------------------- */

int sys_io_uring_setup(unsigned entries, void *params)
{
	return CALL("io_uring_setup", syscall(SYS_io_uring_setup, entries, params));
}

int sys_io_uring_enter(int ring, unsigned submit, unsigned wait, unsigned flags)
{
	return CALL("io_uring_enter",
		    syscall(SYS_io_uring_enter, ring, submit, wait, flags, NULL, 0));
}

int sys_mmap_ring(int ring, uint64_t at, size_t n, char **out)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, at);

	if (p == MAP_FAILED)
		return -errno;
	*out = p;
	return 0;
}

void sys_munmap_ring(char *p, size_t n)
{
	munmap(p, n);
}
