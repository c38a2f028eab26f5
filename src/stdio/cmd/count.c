/*
 * stage count: lines, words, bytes, and the tokens of C.
 */
#include "stdio/cmd/cmd.h"
#include "stdio/cmd/token.h"

struct counts {
	uint64_t lines;
	uint64_t words;
	uint64_t bytes;
	struct tokens tokens;
	bool in_word;
};

static bool is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void count_piece(struct counts *c, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool in_word = !is_space(p[i]);

		c->lines += p[i] == '\n';
		c->words += in_word && !c->in_word;
		c->in_word = in_word;
	}
	c->bytes += n;
	tokens_feed(&c->tokens, p, n);
}

#define N(x) ((unsigned long long)(x))

static void print_counts(const struct args *args, const char *path, const struct counts *c)
{
	const struct tokens *t = &c->tokens;

	if (!args->json) {
		printf("%llu %llu %llu %llu %s\n", N(c->lines), N(c->words), N(c->bytes),
		       N(tokens_total(t)), shown_name(path));
		return;
	}
	printf("{\"lines\":%llu,\"words\":%llu,\"bytes\":%llu,\"identifiers\":%llu,"
	       "\"numbers\":%llu,\"strings\":%llu,\"comments\":%llu,\"operators\":%llu,\"path\":",
	       N(c->lines), N(c->words), N(c->bytes), N(t->identifiers), N(t->numbers),
	       N(t->strings), N(t->comments), N(t->operators));
	print_json_text(stdout, path);
	puts("}");
}

static int count_file(const char *path, const struct args *args)
{
	char piece[16 * 1024];
	struct counts c = { 0 };
	struct stage_file *file;
	ssize_t n;

	if (open_file(path, args, &file))
		return FAILED;
	while ((n = stage_read(file, piece, sizeof(piece))) > 0) {
		count_piece(&c, piece, n);
		progress(NULL, c.bytes, 0);
	}
	progress_done();
	tokens_end(&c.tokens);
	stage_close(file);
	if (n < 0)
		return complain(n, "%s", shown_name(path));
	print_counts(args, path, &c);
	return 0;
}

int cmd_count(const struct args *args)
{
	int status = 0;

	if (args->nfiles == 0)
		return count_file("-", args);
	for (size_t i = 0; i < args->nfiles; i++)
		status |= count_file(args->files[i], args);
	return status;
}
