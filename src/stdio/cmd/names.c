/*
 * Names of files are bytes: what a terminal or a reader of JSON must not meet is written otherwise.
 */
#include <stdlib.h>
#include <string.h>
#include "stdio/cmd/cmd.h"

/* How many bytes the character at `p` has that is well-formed UTF-8 (RFC 3629); else 0. */
static size_t utf8_length(const unsigned char *p)
{
	size_t n = *p < 0x80   ? 1
		   : *p < 0xc2 ? 0
		   : *p < 0xe0 ? 2
		   : *p < 0xf0 ? 3
		   : *p < 0xf5 ? 4
			       : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Controls of ASCII and of Latin-1, and what is no character at all. */
static bool unsafe(const unsigned char *p, size_t n)
{
	return n == 0 || *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0);
}

static bool is_safe(const char *name)
{
	for (const unsigned char *p = (const unsigned char *)name; *p;) {
		size_t n = utf8_length(p);

		if (unsafe(p, n))
			return false;
		p += n;
	}
	return true;
}

/* In a shell's $'…': a quote, a backslash, or \ooo. */
static void quote_into(FILE *to, const char *name)
{
	fputs("$'", to);
	for (const unsigned char *p = (const unsigned char *)name; *p;) {
		size_t n = utf8_length(p);
		bool octal = unsafe(p, n);

		n = n ? n : 1;
		for (size_t i = 0; i < n; i++, p++)
			if (octal)
				fprintf(to, "\\%03o", *p);
			else
				fprintf(to, *p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
	}
	fputc('\'', to);
}

const char *shown_name(const char *name)
{
	static char *last[2];
	static unsigned turn;
	size_t size;
	FILE *to;

	if (is_safe(name))
		return name;
	turn = !turn;
	free(last[turn]);
	last[turn] = NULL;
	to = open_memstream(&last[turn], &size);
	if (!to)
		return "?";
	quote_into(to, name);
	return fclose(to) == 0 ? last[turn] : "?";
}

/* Bytes that are no UTF-8 are lone surrogates, U+DC80 to U+DCFF, as Python's file names have them:
 * JSON all the same, and the name can be had back. */
void print_json_text(FILE *to, const char *text)
{
	fputc('"', to);
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		size_t n = utf8_length(p);

		if (*p == '"' || *p == '\\')
			fprintf(to, "\\%c", *p);
		else if (n == 0)
			fprintf(to, "\\udc%02x", *p);
		else if (*p < 0x20 || *p == 0x7f)
			fprintf(to, "\\u%04x", *p);
		else
			fwrite(p, 1, n, to);
		p += n ? n : 1;
	}
	fputc('"', to);
}
