/*
 * Errors by name and in words: one table, searched from the top. Errors are rare.
 */
#include "core/err.h"

#define ERR(constant, words) .number = constant, .name = #constant, .text = words

static const struct err {
	int number;
	const char *name;
	const char *text;
} errs[] = {
	{ ERR(EPERM, "not permitted") },
	{ ERR(ENOENT, "no such file or directory") },
	{ ERR(EIO, "input/output error") },
	{ ERR(E2BIG, "argument list too long") },
	{ ERR(ENOEXEC, "not a program this machine can run") },
	{ ERR(EAGAIN, "not now, try again") },
	{ ERR(ENOMEM, "out of memory") },
	{ ERR(EACCES, "permission denied") },
	{ ERR(EFAULT, "bad address") },
	{ ERR(EBUSY, "in use") },
	{ ERR(EEXIST, "exists already") },
	{ ERR(ENODEV, "no such device") },
	{ ERR(ENOTDIR, "not a directory") },
	{ ERR(EISDIR, "is a directory") },
	{ ERR(EINVAL, "invalid") },
	{ ERR(EFBIG, "file too large") },
	{ ERR(ENOSPC, "no space left") },
	{ ERR(ERANGE, "number out of range") },
	{ ERR(ENAMETOOLONG, "name too long") },
	{ ERR(ELOOP, "too many symbolic links") },
	{ ERR(EPROTO, "protocol error") },
	{ ERR(EOVERFLOW, "value too large for its type") },
	{ ERR(EOPNOTSUPP, "not supported") },
	{ ERR(ETIMEDOUT, "timed out") },
	{ ERR(EUCLEAN, "structure needs cleaning") },
};

static const struct err unknown = { 0, "E?", "unknown error" };

static const struct err *err_find(int err)
{
	for (size_t i = 0; i < ARRAY_LEN(errs); i++)
		if (errs[i].number == err || -errs[i].number == err)
			return &errs[i];
	return &unknown;
}

const char *err_name(int err)
{
	return err_find(err)->name;
}

const char *err_text(int err)
{
	return err_find(err)->text;
}
