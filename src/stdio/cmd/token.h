/*
 * C sources as tokens: counts what a compiler's first pass would find.
 *
 * Bytes may come in pieces of any size; a token may lie across them.
 *
 *	struct tokens t = { 0 };
 *	while (… more bytes …)
 *		tokens_feed(&t, p, n);
 *	tokens_end(&t);
 */
#ifndef STDIO_CMD_TOKEN_H
#define STDIO_CMD_TOKEN_H

#include "core/types.h"

struct tokens {
	uint64_t identifiers; /* keywords, too */
	uint64_t numbers;
	uint64_t strings; /* and characters */
	uint64_t comments;
	uint64_t operators; /* all punctuation, the longest that fits */
	int state;
	unsigned seen; /* of the operator or literal that it is in: its characters, its quote */
};

void tokens_feed(struct tokens *t, const char *p, size_t n);
void tokens_end(struct tokens *t);

static inline uint64_t tokens_total(const struct tokens *t)
{
	return t->identifiers + t->numbers + t->strings + t->comments + t->operators;
}

#endif
