/*
 * What the library goes by, before and after: rules WORD…
 *
 *	print		the rules
 *	files N PASSES	N files of 1,000 bytes, each read so often and closed
 *	pin FILE | learn	go by these rules; learn again
 *	copy FROM TO
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "stdio/stage.h"
#include "support.h"

static void print(void)
{
	char text[4096];

	if (stage_rules(text, sizeof(text)) >= sizeof(text) || stage_rules(NULL, 0) != strlen(text))
		fail("the length of the rules");
	fputs(text, stdout);
}

static void files(int n, int passes)
{
	struct stage_file *f;
	char to[100];

	for (int i = 0; i < n; i++) {
		if (stage_open("file", NULL, &f))
			fail("open");
		for (int pass = 0; pass < passes; pass++) {
			if (stage_seek(f, 0, SEEK_SET) != 0)
				fail("seek");
			for (int at = 0; at < 1000; at += 100)
				if (stage_read(f, to, 100) != 100 || to[0] != 'a' + at / 100)
					fail("wrong bytes");
		}
		stage_close(f);
	}
}

static void pin(const char *path)
{
	char text[4096] = "";
	FILE *f = fopen(path, "r");

	if (!f)
		fail("no such rules");
	if (fread(text, 1, sizeof(text) - 1, f) == 0)
		fail("empty rules");
	fclose(f);
	printf("%s\n", stage_pin_rules(text) ? "refused" : "pinned");
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "print") == 0) {
			print();
		} else if (strcmp(argv[i], "files") == 0 && i + 2 < argc) {
			files(strtol(argv[i + 1], NULL, 10), strtol(argv[i + 2], NULL, 10));
			i += 2;
		} else if (strcmp(argv[i], "pin") == 0 && i + 1 < argc) {
			pin(argv[++i]);
		} else if (strcmp(argv[i], "copy") == 0 && i + 2 < argc) {
			if (stage_copy(argv[i + 1], argv[i + 2], NULL) < 0)
				fail("copy");
			i += 2;
		} else if (strcmp(argv[i], "learn") == 0) {
			if (stage_pin_rules(NULL))
				fail("learn");
		} else {
			fail(argv[i]);
		}
	return 0;
}
