/*
 * Every system call of the library, and nowhere else one.
 *
 * Each is counted as `sys.name` for each time the kernel was asked, made again when a signal
 * interrupts it, and returns a count or -errno. Names and arguments are the kernel's. A short
 * count is the caller's business, except where the name says `all`.
 */
#ifndef STDIO_SYS_H
#define STDIO_SYS_H

#include <signal.h>
#include <sys/stat.h>
#include "core/types.h"

/*
 * Ask this, when a signal has interrupted a call of this thread, whether it stops with -EINTR
 * instead of being made again. NULL: never.
 */
void sys_when_interrupted(bool (*stops)(void *context), void *context);

MUST_CHECK int sys_open(const char *path, int flags, mode_t mode);
void sys_close(int fd);
/* Close what was written to: the last chance to hear that it was not. */
MUST_CHECK int sys_close_written(int fd);
MUST_CHECK int sys_fstat(int fd, struct stat *out);
MUST_CHECK int sys_stat(const char *path, struct stat *out);
/* Of a symbolic link: of the link itself. */
MUST_CHECK int sys_lstat(const char *path, struct stat *out);

/* Counted as read.bytes and write.bytes, too. */
MUST_CHECK ssize_t sys_read(int fd, void *to, size_t n);
MUST_CHECK ssize_t sys_pread(int fd, void *to, size_t n, uint64_t at);
MUST_CHECK ssize_t sys_write(int fd, const void *from, size_t n);
MUST_CHECK ssize_t sys_pwrite(int fd, const void *from, size_t n, uint64_t at);
/*
 * Can the byte at `at` be read without waiting for a disk? 1, 0; -EOPNOTSUPP: nobody can say.
 * Before Linux 6.5, and of a file that is somebody else's, to ask may bring it in.
 */
int sys_at_hand(int fd, uint64_t at);
/* sys_pread() until there are n bytes, the end, or an error behind some: that the next call tells.
 * n, fewer, or -errno. */
MUST_CHECK ssize_t sys_pread_all(int fd, void *to, size_t n, uint64_t at);
MUST_CHECK int sys_write_all(int fd, const void *from, size_t n);

MUST_CHECK int64_t sys_lseek(int fd, int64_t offset, int whence);
MUST_CHECK int sys_ftruncate(int fd, uint64_t size);
MUST_CHECK int sys_fchmod(int fd, mode_t mode);
MUST_CHECK int sys_rename(const char *from, const char *to);
/* A name for a file that has none (O_TMPFILE). */
MUST_CHECK int sys_link(int fd, const char *path);
/* 0: the effective user may write to it. */
MUST_CHECK int sys_may_write(const char *path);
/* How many bytes are free for us in its file system. */
MUST_CHECK int sys_room(const char *path, uint64_t *out);
/* Extended attributes; by path, of a symbolic link itself. */
MUST_CHECK ssize_t sys_flistxattr(int fd, char *names, size_t n);
MUST_CHECK ssize_t sys_llistxattr(const char *path, char *names, size_t n);
MUST_CHECK ssize_t sys_fgetxattr(int fd, const char *name, void *value, size_t n);
MUST_CHECK ssize_t sys_lgetxattr(const char *path, const char *name, void *value, size_t n);
void sys_unlink(const char *path);

/* A file's bytes, read-only and private. */
MUST_CHECK int sys_mmap(int fd, uint64_t at, size_t n, char **out);
void sys_munmap(char *p, size_t n);
/* Zeroes over a part of a map. For signal handlers: leaves alone what they interrupt. */
MUST_CHECK int sys_mmap_zeroes(char *p, size_t n);
/* `advice` of madvise(2) and posix_fadvise(2). */
int sys_madvise(const char *p, size_t n, int advice);
int sys_fadvise(int fd, uint64_t at, uint64_t n, int advice);

/* Of signals. A handler may call them. */
MUST_CHECK int sys_sigaction(int signal, const struct sigaction *ours, struct sigaction *theirs);
/* Does this thread, of many or not, block it? */
bool sys_blocks(int signal);
void sys_raise(int signal);

/*
 * Between these two, a write beyond RLIMIT_FSIZE is -EFBIG and no SIGXFSZ, which is sent to the
 * thread that writes: held back there, and taken away when `err` says that it has come.
 */
struct limit_signal {
	sigset_t before;
	bool held;
};
void limit_signal_hold(struct limit_signal *l);
void limit_signal_drop(const struct limit_signal *l, int64_t err);

/* Offsets as the kernel takes them: NULL is the descriptor's position. Counted as copied.bytes. */
MUST_CHECK ssize_t sys_copy_file_range(int in, int64_t *in_at, int out, int64_t *out_at, size_t n);
MUST_CHECK ssize_t sys_sendfile(int out, int in, int64_t *in_at, size_t n);
MUST_CHECK ssize_t sys_splice(int in, int64_t *in_at, int out, int64_t *out_at, size_t n);
MUST_CHECK int sys_pipe(int fds[2]);
/* ioctl FICLONE: the same blocks in both files. */
MUST_CHECK int sys_clone(int out, int in);

/* io_uring; `params` is struct io_uring_params. */
MUST_CHECK int sys_io_uring_setup(unsigned entries, void *params);
MUST_CHECK int sys_io_uring_enter(int ring, unsigned submit, unsigned wait, unsigned flags);
/* The ring's own memory: shared, writable, not a file's contents; not counted. */
MUST_CHECK int sys_mmap_ring(int ring, uint64_t at, size_t n, char **out);
void sys_munmap_ring(char *p, size_t n);

#endif
