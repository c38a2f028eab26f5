/*
 * A state for each kind of token; between two bytes it may stop and go on with the next piece.
 *
 * The long tokens (words, comments, strings) are run over in loops of their own.
 */
#include "stdio/cmd/token.h"
#include <string.h>

enum state {
	BETWEEN,
	WORD,
	NUMBER,
	EXPONENT, /* in a number, behind e or p: a sign belongs to it */
	LITERAL,
	LITERAL_ESCAPE,
	SLASH,
	LINE,
	LINE_ESCAPE, /* a line comment goes on behind a backslash */
	BLOCK,
	BLOCK_STAR,
	OPERATOR,
	DOT,
	DOT_DOT,
};

enum kind { OTHER, SPACE, LETTER, DIGIT };

static const unsigned char kinds[256] = {
	[' '] = SPACE,         ['\t' ... '\r'] = SPACE,  ['\\'] = SPACE, /* outside of literals: the
									    end of a line that is
									    none */
	['0' ... '9'] = DIGIT, ['A' ... 'Z'] = LETTER,   ['a' ... 'z'] = LETTER, ['_'] = LETTER,
	['$'] = LETTER,        [0x80 ... 0xff] = LETTER, /* UTF-8 */
};

static bool is_word(unsigned char c)
{
	return kinds[c] >= LETTER;
}

/* The first byte of something. */
static enum state begin(struct tokens *t, unsigned char c)
{
	switch (kinds[c]) {
	case SPACE:
		return BETWEEN;
	case LETTER:
		t->identifiers++;
		return WORD;
	case DIGIT:
		t->numbers++;
		return NUMBER;
	}
	switch (c) {
	case '"':
	case '\'':
		t->strings++;
		t->seen = c;
		return LITERAL;
	case '/':
		return SLASH;
	case '.':
		return DOT;
	}
	t->operators++;
	t->seen = c;
	return OPERATOR;
}

/* Does `c` make a longer operator of what was seen? */
static bool lengthens(unsigned seen, unsigned char c)
{
	if (seen > 0xff) /* two already: only <<= and >>= have three */
		return c == '=' && (seen == ('<' << 8 | '<') || seen == ('>' << 8 | '>'));
	if (c == '=')
		return memchr("+-*/%&|^<>=!", seen, 12) != NULL;
	return c == seen ? memchr("+-<>&|#", c, 7) != NULL : seen == '-' && c == '>';
}

static const char *skip_word(const char *p, const char *end)
{
	while (p < end && is_word(*p))
		p++;
	return p;
}

/* To the first byte that matters in a literal: its quote, a backslash, the end of the line. */
static const char *skip_literal(const char *p, const char *end, char quote)
{
	while (p < end && *p != quote && *p != '\\' && *p != '\n')
		p++;
	return p;
}

static const char *skip_to(const char *p, const char *end, char c)
{
	const char *found = memchr(p, c, end - p);

	return found ? found : end;
}

static const char *skip_line(const char *p, const char *end)
{
	while (p < end && *p != '\n' && *p != '\\')
		p++;
	return p;
}

/* Take a byte that may change the state; false: it does not belong to this token. */
static bool take(struct tokens *t, unsigned char c)
{
	switch (t->state) {
	case BETWEEN:
		t->state = begin(t, c);
		return true;
	case WORD:
		t->state = BETWEEN;
		return false;
	case NUMBER:
		if (!is_word(c) && c != '.') {
			t->state = BETWEEN;
			return false;
		}
		t->state = memchr("eEpP", c, 4) ? EXPONENT : NUMBER;
		return true;
	case EXPONENT:
		t->state = NUMBER;
		return c == '+' || c == '-';
	case LITERAL:
		t->state = c == '\\' ? LITERAL_ESCAPE : BETWEEN;
		return true;
	case LITERAL_ESCAPE:
		t->state = LITERAL;
		return true;
	case SLASH:
		if (c == '/' || c == '*') {
			t->comments++;
			t->state = c == '/' ? LINE : BLOCK;
			return true;
		}
		t->operators++;
		t->seen = '/';
		t->state = OPERATOR;
		return false;
	case LINE:
		t->state = c == '\\' ? LINE_ESCAPE : BETWEEN;
		return true;
	case LINE_ESCAPE:
		t->state = LINE;
		return true;
	case BLOCK:
		t->state = BLOCK_STAR;
		return true;
	case BLOCK_STAR:
		t->state = c == '/' ? BETWEEN : c == '*' ? BLOCK_STAR : BLOCK;
		return true;
	case OPERATOR:
		if (!lengthens(t->seen, c)) {
			t->state = BETWEEN;
			return false;
		}
		t->seen = t->seen << 8 | c;
		return true;
	case DOT:
		if (c == '.') {
			t->state = DOT_DOT;
			return true;
		}
		if (kinds[c] == DIGIT) {
			t->numbers++;
			t->state = NUMBER;
		} else {
			t->operators++;
			t->state = BETWEEN;
		}
		return false;
	case DOT_DOT: /* three make one operator, two are two */
		t->operators += c == '.' ? 1 : 2;
		t->state = BETWEEN;
		return c == '.';
	}
	return true;
}

void tokens_feed(struct tokens *t, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end) {
		switch (t->state) {
		case WORD:
			p = skip_word(p, end);
			break;
		case LITERAL:
			p = skip_literal(p, end, t->seen);
			break;
		case LINE:
			p = skip_line(p, end);
			break;
		case BLOCK:
			p = skip_to(p, end, '*');
			break;
		}
		if (p < end && take(t, *p))
			p++;
	}
}

void tokens_end(struct tokens *t)
{
	if (t->state == SLASH || t->state == DOT)
		t->operators++;
	else if (t->state == DOT_DOT)
		t->operators += 2;
	t->state = BETWEEN;
}
