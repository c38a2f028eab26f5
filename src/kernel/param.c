/* The command line's words, one after the other. See param.h. */
#include "kernel/param.h"
#include <string.h>
#include "core/bytes.h"
#include "core/err.h"
#include "kernel/complain.h"

static const struct param *find(const struct param *table, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(name, span_of(table[i].name)))
			return &table[i];
	return NULL;
}

static int set(const struct param *p, struct span value)
{
	if (p->kind == PARAM_NUMBER)
		return span_to_u64(value, p->value);
	if (value.n == 0 || value.n >= p->size)
		return -EINVAL;
	memcpy(p->value, value.p, value.n);
	((char *)p->value)[value.n] = '\0';
	return 0;
}

/* The next name=value or name="value"; `rest` begins behind it and the blank. */
static struct span next_word(struct span *rest)
{
	struct span word = { rest->p, 0 };
	bool quoted = false;

	while (rest->n && (quoted || rest->p[0] != ' ')) {
		quoted ^= rest->p[0] == '"';
		*rest = (struct span){ rest->p + 1, rest->n - 1 };
	}
	word.n = (size_t)(rest->p - word.p);
	if (rest->n)
		*rest = (struct span){ rest->p + 1, rest->n - 1 };
	return word;
}

static struct span unquoted(struct span value)
{
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		return (struct span){ value.p + 1, value.n - 2 };
	return value;
}

static int parse_word(struct span word, size_t at, const struct param *table, size_t n)
{
	struct span value = word, name = span_cut(&value, '=');
	const struct param *p = find(table, n, name);
	int len = (int)word.n;

	if (!p)
		return complain(-EINVAL, "command line, byte %zu: no such parameter: %.*s", at, len,
				word.p);
	if (set(p, unquoted(value)))
		return complain(-EINVAL, "command line, byte %zu: not a %s for %s: %.*s", at,
				p->kind == PARAM_NUMBER ? "number" : "text of a fitting length",
				p->name, len, word.p);
	return 0;
}

int params_parse(const char *line, const struct param *table, size_t n)
{
	struct span rest = span_of(line);

	while (rest.n) {
		size_t at = (size_t)(rest.p - line);
		struct span word = next_word(&rest);
		int err;

		if (word.n == 0 || span_starts_with(word, span_of("virtio_mmio.")))
			continue;
		err = parse_word(word, at, table, n);
		if (err)
			return err;
	}
	return 0;
}
