/*
 * Parameters: `name=value` words on the kernel's command line.
 *
 *	struct settings s = { .load = "/bin/program" };
 *	const struct param table[] = {
 *		{ "load", PARAM_TEXT, s.load, sizeof s.load },
 *		{ "verify", PARAM_NUMBER, &s.verify, 0 },
 *	};
 *	int err = params_parse(line, table, ARRAY_LEN(table));
 *
 * A value with blanks in it stands in double quotes, `load="/bin/my program"`; as for Linux,
 * there is no way to write a quote into one. Words that begin with "virtio_mmio." are QEMU's
 * and are passed over.
 */
#ifndef KERNEL_PARAM_H
#define KERNEL_PARAM_H

#include "core/types.h"

struct param {
	const char *name;
	enum { PARAM_TEXT, PARAM_NUMBER } kind;
	void *value; /* char[size], zero-terminated, or uint64_t; untouched unless named */
	size_t size; /* of the text, its zero included */
};

/* -EINVAL: a word that is unknown, malformed or too long; says which, and where in the line. */
MUST_CHECK int params_parse(const char *line, const struct param *table, size_t n);

#endif
