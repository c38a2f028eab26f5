/*
 * Formatted text: one pass over the format, one store a byte.
 *
 * Output past the end of the buffer is counted and dropped, so that nothing has to know
 * beforehand how long the text becomes.
 */
#include <string.h>
#include "core/bytes.h"
#include "core/format.h"

struct writer {
	char *buf;
	size_t size;
	size_t n; /* the text's length so far, written or dropped */
	va_list ap;
};

#define NO_PRECISION SIZE_MAX

/* What stands between % and the conversion. */
struct directive {
	bool left;         /* flag -: pad on the right */
	bool zeros;        /* flag 0: pad with zeros, behind the sign */
	bool prefix;       /* flag #: 0x before what is not zero */
	size_t width;      /* at least so many bytes */
	size_t precision;  /* at most so many bytes of a string */
	size_t size_bytes; /* of an integer argument */
};

static void put_span(struct writer *w, struct span s)
{
	for (size_t i = 0; i < s.n; i++, w->n++)
		if (w->n < w->size)
			w->buf[w->n] = s.p[i];
}

static void put_times(struct writer *w, char c, size_t times)
{
	for (; times > 0; times--)
		put_span(w, (struct span){ &c, 1 });
}

static void put_field(struct writer *w, const struct directive *d, struct span sign,
		      struct span body)
{
	size_t n = sign.n + body.n;
	size_t pad = d->width > n ? d->width - n : 0;
	bool zeros = d->zeros && !d->left;

	if (!zeros && !d->left)
		put_times(w, ' ', pad);
	put_span(w, sign);
	if (zeros)
		put_times(w, '0', pad);
	put_span(w, body);
	if (d->left)
		put_times(w, ' ', pad);
}

static const struct span no_sign;

static void put_string(struct writer *w, const struct directive *d, const char *s)
{
	struct span text = { s ? s : "(null)", 0 };

	while (text.n != d->precision && text.p[text.n])
		text.n++;
	put_field(w, d, no_sign, text);
}

static const char decimal[] = "0123456789";
static const char hex[] = "0123456789abcdef";
static const char upper_hex[] = "0123456789ABCDEF";

static void put_number(struct writer *w, const struct directive *d, const char *sign,
		       const char *digits, uint64_t value)
{
	size_t base = strlen(digits);
	char text[20]; /* the digits of 2^64 - 1 */
	size_t first = sizeof text;

	do
		text[--first] = digits[value % base];
	while ((value /= base) > 0);
	put_field(w, d, span_of(sign), (struct span){ text + first, sizeof text - first });
}

/* The next integer argument, cut to the size that the directive names. */
static uint64_t next_unsigned(struct writer *w, const struct directive *d)
{
	if (d->size_bytes > sizeof(unsigned))
		return va_arg(w->ap, uint64_t);
	return va_arg(w->ap, unsigned) & UINT32_MAX >> (32 - 8 * d->size_bytes);
}

static void put_signed(struct writer *w, const struct directive *d)
{
	uint64_t value = next_unsigned(w, d);
	uint64_t sign_bit = (uint64_t)1 << (8 * d->size_bytes - 1);

	if (value & sign_bit)
		put_number(w, d, "-", decimal, sign_bit - (value - sign_bit));
	else
		put_number(w, d, "", decimal, value);
}

static void put_hex(struct writer *w, const struct directive *d, const char *prefix,
		    const char *digits)
{
	uint64_t value = next_unsigned(w, d);

	put_number(w, d, d->prefix && value > 0 ? prefix : "", digits, value);
}

static void put_char(struct writer *w, const struct directive *d)
{
	char c = (char)va_arg(w->ap, int);

	put_field(w, d, no_sign, (struct span){ &c, 1 });
}

/* False: `conversion` is none of ours, and its argument has not been taken. */
static bool put_argument(struct writer *w, const struct directive *d, char conversion)
{
	if (d->precision != NO_PRECISION && conversion != 's')
		return false;
	switch (conversion) {
	case 'd':
	case 'i':
		put_signed(w, d);
		return true;
	case 'u':
		put_number(w, d, "", decimal, next_unsigned(w, d));
		return true;
	case 'x':
		put_hex(w, d, "0x", hex);
		return true;
	case 'X':
		put_hex(w, d, "0X", upper_hex);
		return true;
	case 'p':
		put_number(w, d, "0x", hex, (uintptr_t)va_arg(w->ap, void *));
		return true;
	case 'c':
		put_char(w, d);
		return true;
	case 's':
		put_string(w, d, va_arg(w->ap, const char *));
		return true;
	case '%':
		put_times(w, '%', 1);
		return true;
	}
	return false;
}

/* These read a part of a directive and return where it ends. */

static const char *parse_flags(const char *p, struct directive *d)
{
	for (;; p++) {
		if (*p == '-')
			d->left = true;
		else if (*p == '0')
			d->zeros = true;
		else if (*p == '#')
			d->prefix = true;
		else
			return p;
	}
}

/* A number, or * and the next argument, which may be negative. */
static const char *parse_count(const char *p, struct writer *w, ssize_t *n)
{
	if (*p == '*') {
		*n = va_arg(w->ap, int);
		return p + 1;
	}
	for (*n = 0; *p >= '0' && *p <= '9'; p++)
		*n = *n * 10 + (*p - '0');
	return p;
}

static const char *parse_length(const char *p, struct directive *d)
{
	switch (*p) {
	case 'h':
		d->size_bytes = p[1] == 'h' ? sizeof(char) : sizeof(short);
		return p[1] == 'h' ? p + 2 : p + 1;
	case 'l':
		d->size_bytes = p[1] == 'l' ? sizeof(long long) : sizeof(long);
		return p[1] == 'l' ? p + 2 : p + 1;
	case 'j':
	case 't':
	case 'z':
		d->size_bytes = sizeof(intmax_t);
		return p + 1;
	}
	return p;
}

static const char *parse_directive(const char *p, struct writer *w, struct directive *d)
{
	ssize_t n;

	*d = (struct directive){ .precision = NO_PRECISION, .size_bytes = sizeof(int) };
	p = parse_count(parse_flags(p, d), w, &n);
	d->left |= n < 0;
	d->width = n < 0 ? -(size_t)n : (size_t)n;
	if (*p == '.') {
		p = parse_count(p + 1, w, &n);
		d->precision = (size_t)n; /* a negative one becomes more than any text has */
	}
	return parse_length(p, d);
}

size_t format_v(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct writer w = { .buf = buf, .size = size };
	struct directive d;

	va_copy(w.ap, ap);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put_times(&w, *fmt, 1);
			continue;
		}
		const char *conversion = parse_directive(fmt + 1, &w, &d);
		if (!put_argument(&w, &d, *conversion)) {
			put_span(&w, span_of(fmt)); /* which arguments are left, nobody knows */
			break;
		}
		fmt = conversion;
	}
	va_end(w.ap);
	if (size > 0)
		buf[min_u64(w.n, size - 1)] = '\0';
	return w.n;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	size_t n = format_v(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
