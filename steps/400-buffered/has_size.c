/*
 * What an open file is, and how large: fstat() says both.
 */
#include "stdio/source.h"

bool source_has_size(struct source *src)
{
	return false;
}
