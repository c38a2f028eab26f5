/* Prints "number name text" for every number that could be an error. */
#include <limits.h>
#include <stdio.h>
#include "core/err.h"

static void tell(int err)
{
	printf("%d %s %s\n", err, err_name(err), err_text(err));
}

int main(void)
{
	for (int err = -4096; err <= 4096; err++)
		tell(err);
	tell(INT_MIN);
	tell(INT_MAX);
	return 0;
}
