/*
 * Reads "offset length split" lines from argv[1], the bytes from stdin, and prints for each
 * line the CRC-32 of that range, begun anew at `split`, and its hash_bytes(). The ranges lie
 * at the very end of a heap block, where a byte read too many is noticed.
 */
#include <stdio.h>
#include <stdlib.h>
#include "core/hash.h"

enum { MAX_BYTES = 1 << 20 };

int main(int argc, char **argv)
{
	char *input = malloc(MAX_BYTES);
	size_t offset, length, split, n = fread(input, 1, MAX_BYTES, stdin);
	char *bytes = malloc(n);
	FILE *ranges = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!input || !bytes || !ranges)
		return 2;
	for (size_t i = 0; i < n; i++)
		bytes[i] = input[i];
	free(input);
	while (fscanf(ranges, "%zu %zu %zu", &offset, &length, &split) == 3) {
		if (split > length || offset > n || length > n - offset)
			return 3;
		const char *p = bytes + offset;
		uint32_t crc = crc32_bytes(crc32_bytes(0, p, split), p + split, length - split);
		printf("%08x %016lx\n", crc, hash_bytes(p, length));
	}
	fclose(ranges);
	free(bytes);
	return 0;
}
